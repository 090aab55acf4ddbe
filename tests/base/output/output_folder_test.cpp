#include "base/output/output_folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/refusal.hpp"
#include "tests/test_folder.hpp"

namespace fluxscope::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

FolderRules notes() {
  return {.files = {"a", "b"}, .kind = {.name = "a folder of notes", .begins = {"note: "}}};
}

class Folder : public TestFolder {
 protected:
  void put(OutputFolder& folder, std::string const& name, std::string const& text) const {
    OutputFile file = folder.file(name);
    file.write(text);
    file.commit();
  }
  void write_whole(std::string const& name, std::string const& text) const {
    OutputFolder folder(path(name), notes());
    for (char const* file : {"a", "b"}) put(folder, file, text);
    folder.commit();
  }
  void make(std::string const& name, std::string const& text) const {
    fs::create_directory(path(name));
    write(name + "/a", text);
  }
  [[nodiscard]] std::string refusal_of(std::string const& output) const {
    return refusal([&] { OutputFolder const folder(path(output), notes()); });
  }
};

TEST_F(Folder, AppearsWhole) {
  OutputFolder folder(path("out"), notes());
  put(folder, "a", "note: new");
  EXPECT_FALSE(exists("out"));
  put(folder, "b", "note: new");
  folder.commit();

  EXPECT_EQ(read("out/a") + read("out/b"), "note: newnote: new");
  EXPECT_FALSE(exists("out.tmp"));
}

TEST_F(Folder, AnOlderOneStaysUntilTheNewOneIsWhole) {
  make("out", "note: old");
  {
    OutputFolder folder(path("out"), notes());
    put(folder, "a", "note: half");
  }
  EXPECT_EQ(read("out/a"), "note: old");
  EXPECT_FALSE(exists("out.tmp"));

  write_whole("out", "note: new");
  EXPECT_EQ(read("out/a"), "note: new");
  EXPECT_FALSE(exists("out.tmp"));
  EXPECT_FALSE(exists("out.tmp.old"));
}

TEST_F(Folder, FoldersThatHoldSomethingElseAreRefused) {
  make("readme", "note: old");
  write("readme/readme.txt", "of somebody else");
  make("kind", "of somebody else");
  make("link", "note: old");
  fs::create_symlink("a", path("link/b"));
  make("inner", "note: old");
  fs::create_directory(path("inner/b"));

  EXPECT_THAT(refusal_of("readme"), HasSubstr("holds readme.txt, which is not a folder of notes"));
  EXPECT_THAT(refusal_of("kind"), HasSubstr("holds a,"));
  EXPECT_THAT(refusal_of("link"), HasSubstr("holds b,"));
  EXPECT_THAT(refusal_of("inner"), HasSubstr("holds b,"));
  EXPECT_EQ(read("readme/readme.txt"), "of somebody else");
}

TEST_F(Folder, WhatIsNoFolderIsRefused) {
  write("file", "note: x");
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);

  EXPECT_THAT(refusal_of("file"), HasSubstr("a file is in the way"));
  EXPECT_THAT(refusal_of("pipe"), HasSubstr("a file is in the way"));
  EXPECT_THAT(refusal_of("file/out"), HasSubstr("cannot be made a folder"));
}

TEST_F(Folder, FoldersAroundItAreMadeAndALinkIsFollowed) {
  write_whole("new/inner/out", "note: new");
  EXPECT_EQ(read("new/inner/out/a"), "note: new");

  make("real", "note: old");
  fs::create_directory_symlink("real", path("link"));
  write_whole("link", "note: new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read("real/a"), "note: new");
}

TEST_F(Folder, WhatADeadRunLeftIsTakenAway) {
  make("out.tmp", "note: half");
  write("out.tmp/b.tmp", "no");

  write_whole("out", "note: new");

  EXPECT_EQ(read("out/a"), "note: new");
  EXPECT_FALSE(exists("out.tmp"));
}

TEST_F(Folder, WhatIsInTheWayOfTheUnfinishedFolderIsNeverTouched) {
  make("a.tmp", "note: half");
  write("a.tmp/diary", "of somebody else");
  write("b.tmp", "of somebody else");
  make("elsewhere", "note: old");
  fs::create_directory_symlink("elsewhere", path("c.tmp"));

  for (char const* name : {"a", "b", "c"}) {
    EXPECT_THAT(refusal_of(name), HasSubstr(".tmp is in the way")) << name;
  }
  EXPECT_EQ(read("a.tmp/diary"), "of somebody else");
  EXPECT_EQ(read("elsewhere/a"), "note: old");
}

TEST_F(Folder, OneOfTwoRunsIsRefused) {
  OutputFolder const first(path("out"), notes());

  EXPECT_THAT(refusal_of("out"), HasSubstr("is being written by"));
}

TEST_F(Folder, WithoutExchangeTheOldOneIsPutAsideForAMoment) {
  make("out", "note: old");
  make("out.tmp", "note: new");

  put_in_place_by_two_renames(path("out.tmp"), path("out"));

  EXPECT_EQ(read("out/a"), "note: new");
  EXPECT_EQ(read("out.tmp/a"), "note: old");
}

TEST_F(Folder, ARunThatDiedBetweenTheTwoRenamesIsMended) {
  make("out.tmp.old", "note: old");
  make("out.tmp", "note: new");

  mend_exchange(path("out"), notes());
  EXPECT_EQ(read("out/a"), "note: old");

  make("out.tmp.old", "note: older");
  mend_exchange(path("out"), notes());
  EXPECT_EQ(read("out/a"), "note: old");
  EXPECT_FALSE(exists("out.tmp.old"));
}

TEST_F(Folder, AFailureOfTheSecondRenameTakesTheOldOneBack) {
  make("out", "note: old");

  EXPECT_THROW(put_in_place_by_two_renames(path("absent"), path("out")), InputError);

  EXPECT_EQ(read("out/a"), "note: old");
}

}  // namespace
}  // namespace fluxscope::testing
