// The digest against published values of XXH64, and against itself in pieces.

#include "base/hdf5/digest.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"

namespace fluxscope {
namespace {

std::uint64_t of(std::string const& text) { return digest_of(text); }

// From the test vectors of the xxHash project and its command line tool xxhsum -H64.
TEST(Digest, EqualsXxh64) {
  EXPECT_EQ(of(""), 0xEF46DB3751D8E999u);
  EXPECT_EQ(of("a"), 0xD24EC4F1A98C6E5Bu);
  EXPECT_EQ(of("abc"), 0x44BC2CF5AD770999u);
  EXPECT_EQ(of("Nobody inspects the spammish repetition"), 0xFBCEA83C8A378BF1u);  // 39 bytes
}

TEST(Digest, DoesNotDependOnThePieces) {
  Random random(5);
  for (std::size_t length = 0; length < 300; ++length) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.next());
    Digest digest;
    for (std::size_t at = 0; at < length;) {
      std::size_t const piece = random.below(70);
      digest.update(std::string_view(bytes).substr(at, piece));
      static_cast<void>(digest.value());  // changes nothing
      at += piece;
    }
    EXPECT_EQ(digest.value(), of(bytes)) << length << " bytes";
  }
}

TEST(Digest, ChangesWithEveryBitAndWithTheLength) {
  std::string const zeros(100, '\0');
  std::uint64_t const whole = of(zeros);
  for (std::size_t bit = 0; bit < 8 * zeros.size(); ++bit) {
    std::string changed = zeros;
    changed[bit / 8] = static_cast<char>(1 << bit % 8);
    EXPECT_NE(of(changed), whole) << "bit " << bit;
  }
  EXPECT_NE(of(zeros + '\0'), whole);
}

}  // namespace
}  // namespace fluxscope
