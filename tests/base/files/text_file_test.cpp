#include "base/files/text_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/base/files/unreadable.hpp"
#include "tests/refusal.hpp"

namespace fluxscope {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;
using ::testing::StartsWith;

class TextFile : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("fluxscope_text_" + std::to_string(getpid()) + "_" + info->name());
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / "a.txt").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(std::string_view bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

  [[nodiscard]] std::vector<std::string> lines(std::string_view bytes,
                                               std::uint64_t most = 1 << 20) const {
    write(bytes);
    LineReader reader(path_, most);
    std::vector<std::string> all;
    for (std::string line; reader.next(line);) all.push_back(line);
    return all;
  }

  /// Of both ways to read.
  void expect_refused(std::string const& path, std::string const& why) const {
    auto const refused = AllOf(StartsWith(path + ": "), HasSubstr(why));
    EXPECT_THAT(refusal([&] { (void)read_text_file(path); }), refused);
    EXPECT_THAT(refusal([&] { LineReader const reader(path, 100); }), refused);
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(TextFile, TheWholeTextIsRead) {
  write("a\r\nb");
  EXPECT_EQ(read_text_file(path_), "a\r\nb");
  std::string const long_text(200'000, 'x');
  write(long_text);
  EXPECT_EQ(read_text_file(path_), long_text);
  write("");
  EXPECT_EQ(read_text_file(path_), "");
}

TEST_F(TextFile, AByteOrderMarkIsNoPartOfTheText) {
  write(
      "\xEF\xBB\xBF"
      "a = 1\n");
  EXPECT_EQ(read_text_file(path_), "a = 1\n");
  EXPECT_THAT(lines("\xEF\xBB\xBF"
                    "a\n\xEF\xBB\xBF"
                    "b"),
              ElementsAre("a",
                          "\xEF\xBB\xBF"
                          "b"));
}

TEST_F(TextFile, LinesEndAsUnixOrWindowsWritesThem) {
  EXPECT_THAT(lines("a\nb\r\n\nc"), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(lines("a\n"), ElementsAre("a"));
  EXPECT_THAT(lines(""), ElementsAre());
  // Around the 64 KiB that are read at a time.
  for (std::size_t size : {65534u, 65535u, 65536u, 65537u, 131072u}) {
    std::string const line(size, 'y');
    EXPECT_THAT(lines(line + "\n" + line), ElementsAre(line, line)) << size;
  }
}

TEST_F(TextFile, OnlyARegularFileIsRead) {
  expect_refused(folder_.string(), "is a folder");
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  expect_refused(path_, "is a named pipe");  // nobody writes: opening it plainly would hang
  expect_refused("/dev/zero", "is a device");
  expect_refused((folder_ / "absent").string(), "No such file");
  expect_refused((folder_ / std::string(300, 'n')).string(), "File name too long");
  expect_refused(std::string("/").append(5000, 'n'), "File name too long");
  std::filesystem::create_symlink(folder_ / "round", folder_ / "round");
  expect_refused((folder_ / "round").string(), "Too many levels");
}

TEST_F(TextFile, AnUnreadableFileIsRefused) {
  write("a");
  testing::Unreadable const unreadable(path_);
  if (!unreadable.holds()) GTEST_SKIP() << "no permission stops this user";
  expect_refused(path_, "Permission denied");
}

TEST_F(TextFile, AnErrorWhileReadingIsNotTheEndOfTheFile) {
  // A regular file that opens, and whose first page no process has mapped: EIO.
  expect_refused("/proc/self/mem", "cannot be read at byte 0");
}

TEST_F(TextFile, ALargeFileIsRefusedBeforeItIsRead) {
  write("");
  std::filesystem::resize_file(path_, std::uintmax_t{5} << 30);  // a hole: no disk space
  EXPECT_THAT(refusal([&] { (void)read_text_file(path_); }), HasSubstr("more than the 4194304"));
  EXPECT_THAT(refusal([&] { LineReader const reader(path_, 100); }),
              HasSubstr("more than the 100"));
  write("12345");
  EXPECT_EQ(read_text_file(path_, 5), "12345");
  EXPECT_THAT(refusal([&] { (void)read_text_file(path_, 4); }), HasSubstr("4 bytes"));
}

TEST_F(TextFile, AnEndlessLineIsRefused) {
  std::string const line(limits::kLineBytes + 200'000, 'z');
  EXPECT_THAT(refusal([&] { (void)lines(std::string("a\n").append(line), 1 << 30); }),
              AllOf(StartsWith(path_ + ":2: "), HasSubstr("a line of more than")));
}

TEST_F(TextFile, ANulByteIsNamedWithItsLine) {
  std::string const text("a\nb\0", 4);
  for (char const* end : {"", "\nc"}) {
    write(text + end);
    EXPECT_THAT(refusal([&] { (void)read_text_file(path_); }),
                StartsWith(path_ + ":2: a NUL byte"));
    EXPECT_THAT(refusal([&] { (void)lines(text + end); }), StartsWith(path_ + ":2: a NUL byte"));
  }
}

}  // namespace
}  // namespace fluxscope
