#include "base/files/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "tests/base/files/safetensors_file.hpp"
#include "tests/base/files/unreadable.hpp"
#include "tests/refusal.hpp"

namespace fluxscope {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::safetensors_bytes;

class Safetensors : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() /
             ("fluxscope_tensors_" + std::to_string(getpid()) + ".safetensors"))
                .string();
  }
  void TearDown() override { std::filesystem::remove(path_); }

  SafetensorsFile open(std::string const& bytes) const {
    testing::write_bytes(path_, bytes);
    return SafetensorsFile(path_);
  }

  /// The message of the InputError of opening, or of reading `name`.
  std::string refusal(std::string const& bytes, std::string const& name = {}) const {
    return testing::refusal([&] {
      SafetensorsFile const file = open(bytes);
      if (!name.empty()) (void)file.read(name);
    });
  }

  std::string path_;
};

std::string tensor_header(std::string const& fields) {
  return std::string(R"({"a":{)").append(fields).append("}}");
}

TEST_F(Safetensors, ReadsTypesShapesAndBytes) {
  // 1.5 is 0x3fc00000 in F32, 0x3fc0 in BF16; -2 is 0xc0000000 and 0xc000.
  using namespace std::string_literals;
  std::string const f32 = "\x00\x00\xc0\x3f\x00\x00\x00\xc0"s;
  std::string const bf16 = "\xc0\x3f\x00\xc0"s;
  auto const file = open(safetensors_bytes({{"w", {"F32", {2, 1}, f32}},
                                            {"b", {"BF16", {2}, bf16}},
                                            {"none", {"F32", {0, 5}, ""}},
                                            {"scalar", {"F32", {}, f32.substr(4)}}}));

  EXPECT_THAT(file.names(), ElementsAre("b", "none", "scalar", "w"));
  EXPECT_FALSE(file.has("__metadata__"));
  Tensor const w = file.read("w");
  EXPECT_EQ(w.type, TensorType::float32);
  EXPECT_THAT(w.shape, ElementsAre(2, 1));
  EXPECT_EQ(std::string(w.bytes.begin(), w.bytes.end()), f32);
  Tensor const b = file.read("b");
  EXPECT_EQ(b.type, TensorType::bfloat16);
  EXPECT_EQ(std::string(b.bytes.begin(), b.bytes.end()), bf16);
  EXPECT_TRUE(file.read("none").bytes.empty());
  EXPECT_EQ(file.read("scalar").bytes.size(), 4u);
}

TEST_F(Safetensors, OtherTypesAreRefusedWhereTheyAreRead) {
  auto const bytes =
      safetensors_bytes({{"half", {"F16", {2}, "abcd"}}, {"new", {"F4_X", {3}, "ab"}}});
  EXPECT_EQ(refusal(bytes), "accepted");
  EXPECT_THAT(refusal(bytes, "half"), AllOf(HasSubstr("'half' is F16"), HasSubstr("F32 or BF16")));
  EXPECT_THAT(refusal(bytes, "new"), HasSubstr("'new' is F4_X"));
  EXPECT_THAT(refusal(bytes, "w"), HasSubstr("'w' is missing"));
}

TEST_F(Safetensors, NoSizeInTheFileIsTrusted) {
  EXPECT_THAT(refusal(""), HasSubstr("cut off"));
  EXPECT_THAT(refusal("short"), HasSubstr("cut off"));
  EXPECT_THAT(refusal(std::string(8, '\xff') + "{}"), HasSubstr("header of 18446744073709551615"));
  auto const whole = safetensors_bytes({{"a", {"F32", {2}, "12345678"}}});
  EXPECT_THAT(refusal(whole.substr(0, 30)), HasSubstr("cut off"));
  EXPECT_THAT(refusal(whole.substr(0, whole.size() - 1)), HasSubstr("bytes 0 to 8 of 7"));

  auto const with = [&](std::string const& fields) {
    return refusal(safetensors_bytes(tensor_header(fields), "12345678"));
  };
  EXPECT_EQ(with(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), "accepted");
  EXPECT_THAT(with(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"),
              HasSubstr("8 bytes for F32 [3]"));
  EXPECT_THAT(with(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), HasSubstr("bytes 8 to 0"));
  EXPECT_THAT(with(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), HasSubstr("no dtype"));
  EXPECT_THAT(with(R"("dtype":"F32","shape":[2],"data_offsets":[0])"), HasSubstr("no dtype"));
  EXPECT_THAT(with(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), HasSubstr("no dtype"));
  EXPECT_THAT(with(R"("dtype":7,"shape":[2],"data_offsets":[0,8])"), HasSubstr("no dtype"));
  EXPECT_THAT(with(R"("shape":[2],"data_offsets":[0,8])"), HasSubstr("no dtype"));
  // 2^31 * 2^31 * 4 * 4 bytes is 0 in 64 bits.
  EXPECT_THAT(with(R"("dtype":"F32","shape":[2147483648,2147483648,4],"data_offsets":[0,0])"),
              HasSubstr("0 bytes for F32"));
}

TEST_F(Safetensors, AHeaderIsOneJsonObjectWithoutDoubles) {
  EXPECT_THAT(refusal(safetensors_bytes("[1]", "")), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal(safetensors_bytes("{\"a\":", "")), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(safetensors_bytes(std::string(1 << 20, '['), "")), HasSubstr("levels"));
  EXPECT_THAT(refusal(safetensors_bytes(R"({"a":5})", "")), HasSubstr("no dtype"));
  std::string const entry = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  std::string twice = "{";
  twice.append(entry).append(",").append(entry).append("}");
  EXPECT_THAT(refusal(safetensors_bytes(twice, "x")), HasSubstr("'a' is there twice"));
}

TEST_F(Safetensors, AFileThatIsNotThereIsNamed) {
  try {
    SafetensorsFile const file("/no/such/file.safetensors");
    FAIL() << "accepted";
  } catch (InputError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("/no/such/file.safetensors: cannot be opened"));
  }
}

TEST_F(Safetensors, AFolderIsNoFile) {
  std::filesystem::create_directory(path_);
  try {
    SafetensorsFile const file(path_);
    FAIL() << "accepted";
  } catch (InputError const& error) {
    EXPECT_THAT(error.what(), HasSubstr(path_ + ": is a folder"));
  }
}

TEST_F(Safetensors, AnUnreadableFileIsNamed) {
  (void)open(safetensors_bytes({{"a", {"F32", {1}, "1234"}}}));
  testing::Unreadable const unreadable(path_);
  if (!unreadable.holds()) GTEST_SKIP() << "no permission stops this user";
  try {
    SafetensorsFile const file(path_);
    FAIL() << "accepted";
  } catch (InputError const& error) {
    EXPECT_THAT(error.what(), HasSubstr(path_ + ": cannot be opened"));
  }
}

// Whatever the damage, there is an InputError or a tensor of the size that its shape says.
TEST_F(Safetensors, RandomDamageIsRefusedOrHarmless) {
  auto const whole =
      safetensors_bytes({{"a", {"F32", {2}, "12345678"}}, {"b", {"BF16", {2, 3}, "abcdefghijkl"}}});
  Random random(9);
  int accepted = 0;
  for (int round = 0; round < 500; ++round) {
    std::string bytes = whole;
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    if (random.below(4) == 0) bytes.resize(random.below(bytes.size()));
    testing::write_bytes(path_, bytes);
    try {
      SafetensorsFile const file(path_);
      for (std::string const& name : file.names()) {
        Tensor const tensor = file.read(name);
        std::int64_t values = 1;
        for (std::int64_t const dimension : tensor.shape) values *= dimension;
        std::int64_t const size = tensor.type == TensorType::float32 ? 4 : 2;
        ASSERT_EQ(static_cast<std::int64_t>(tensor.bytes.size()), values * size);
        ++accepted;
      }
    } catch (InputError const&) {
    }
  }
  EXPECT_GT(accepted, 25);
}

}  // namespace
}  // namespace fluxscope
