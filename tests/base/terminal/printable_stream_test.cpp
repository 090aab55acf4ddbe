#include "base/terminal/printable_stream.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace fluxscope {
namespace {

std::string written(std::initializer_list<std::string> parts, bool flush) {
  std::ostringstream out;
  {
    PrintableStream const safe(out);
    for (std::string const& part : parts) {
      out << part;
      if (flush) out.flush();
    }
  }
  return out.str();
}

TEST(PrintableStream, ControlCharactersArriveEscaped) {
  EXPECT_EQ(written({"a\x1b[2Jb\n\tc\r\n"}, false), "a\\x1b[2Jb\n\tc\\x0d\n");
}

TEST(PrintableStream, ACharacterMayComeInTwoParts) {
  // A euro sign, cut after each of its bytes.
  EXPECT_EQ(written({"\xE2", "\x82", "\xAC!"}, false), "\xE2\x82\xAC!");
  std::string const many(100'000, 'x');  // more than is held back
  EXPECT_EQ(written({many + "\xE2\x82", "\xAC!"}, false), many + "\xE2\x82\xAC!");
  EXPECT_EQ(written({many + "\xE2\x82"}, false), many + "\\xe2\\x82");
  EXPECT_EQ(written({"\xE2\x82", "\xAC"}, true), "\\xe2\\x82\\xac");  // written out by the flush
}

TEST(PrintableStream, TheStreamIsItsOwnAgainAfterwards) {
  std::ostringstream out;
  { PrintableStream const safe(out); }
  out << "\x1b";
  EXPECT_EQ(out.str(), "\x1b");
}

TEST(PrintableStream, AFailedWriteFailsTheFlush) {
  class Full : public std::streambuf {
    int_type overflow(int_type) override { return traits_type::eof(); }
    std::streamsize xsputn(char const*, std::streamsize) override { return 0; }
  } full;
  std::ostream out(&full);
  PrintableStream const safe(out);
  out << "a";
  EXPECT_FALSE(out.flush());
}

}  // namespace
}  // namespace fluxscope
