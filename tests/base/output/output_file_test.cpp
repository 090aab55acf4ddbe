#include "base/output/output_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/refusal.hpp"
#include "tests/test_folder.hpp"

namespace fluxscope::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Texts that begin with "note: ".
OutputRules notes() { return {.kinds = {{.name = "a note", .begins = {"note: "}}}}; }

class Output : public TestFolder {
 protected:
  [[nodiscard]] std::string refusal_of(std::string const& output, OutputRules const& rules) const {
    return refusal([&] { OutputFile const file(output, rules); });
  }
};

TEST_F(Output, AnOlderFileStaysUntilTheNewOneIsWhole) {
  write("n", "note: old");
  OutputFile file(path("n"), notes());
  file.write("note: new");

  EXPECT_EQ(read("n"), "note: old");
  EXPECT_EQ(file.temporary(), path("n.tmp"));
  file.commit();

  EXPECT_EQ(read("n"), "note: new");
  EXPECT_FALSE(exists("n.tmp"));
}

TEST_F(Output, WithoutACommitTheOlderFileStaysAndNothingElse) {
  write("n", "note: old");
  { OutputFile(path("n"), notes()).write("note: half"); }

  EXPECT_EQ(read("n"), "note: old");
  EXPECT_FALSE(exists("n.tmp"));
}

TEST_F(Output, AnUnfinishedFileOfUseStaysAndItsErrorsNameIt) {
  OutputFile file(path("n"), notes());
  file.keep_unfinished();
  std::string const text = file.error("cannot be written", "the moon is full").what();
  { OutputFile const gone = std::move(file); }

  EXPECT_THAT(text, AllOf(HasSubstr(path("n") + ": cannot be written (the moon is full)"),
                          HasSubstr("what was written so far is in " + path("n.tmp"))));
  EXPECT_TRUE(exists("n.tmp"));
  EXPECT_FALSE(exists("n"));
}

TEST_F(Output, TheNewFileHasTheOldOnesPermissions) {
  fs::permissions(write("n", "note: old"), fs::perms(0640));

  write_output(path("n"), notes(), "note: new");

  EXPECT_EQ(fs::status(path("n")).permissions(), fs::perms(0640));
}

TEST_F(Output, ALinkStaysAndWhatItPointsToIsReplaced) {
  write("real", "note: old");
  fs::create_symlink("real", path("link"));

  write_output(path("link"), notes(), "note: new");

  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read("real"), "note: new");
}

TEST_F(Output, ALinkToNothingIsRefused) {
  fs::create_symlink("absent", path("link"));

  EXPECT_THAT(refusal_of(path("link"), notes()),
              HasSubstr(path("link") + ": is a link to nothing"));
  EXPECT_FALSE(exists("absent"));
}

TEST_F(Output, AnInputIsRefusedByWhateverName) {
  write("in", "note: in");
  fs::create_symlink("in", path("soft"));
  fs::create_hard_link(path("in"), path("hard"));
  fs::create_directory(path("folder"));
  OutputRules rules = notes();
  rules.inputs = {path("in")};
  rules.force = true;

  for (char const* name : {"in", "soft", "hard", "folder/../in", "./in"}) {
    EXPECT_THAT(refusal_of(path(name), rules), HasSubstr("is an input of this command")) << name;
  }
  EXPECT_EQ(read("in"), "note: in");
}

TEST_F(Output, AnInputThatIsTheUnfinishedFileIsRefused) {
  write("n.tmp", "note: recorded so far");
  OutputRules rules = notes();
  rules.inputs = {path("n.tmp")};

  EXPECT_THAT(refusal_of(path("n"), rules), HasSubstr("is an input of this command"));
  EXPECT_EQ(read("n.tmp"), "note: recorded so far");
}

TEST_F(Output, WhatIsNoRegularFileIsRefusedEvenByForce) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  fs::create_directory(path("folder"));
  fs::create_symlink("/dev/null", path("null"));
  OutputRules rules = notes();
  rules.force = true;

  EXPECT_THAT(refusal_of(path("pipe"), rules), HasSubstr("is a pipe"));
  EXPECT_THAT(refusal_of(path("folder"), rules), HasSubstr("is a folder"));
  EXPECT_THAT(refusal_of(path("new/"), rules), HasSubstr("names a folder"));
  EXPECT_THAT(refusal_of(path("null"), rules), HasSubstr("is a device"));
  EXPECT_THAT(refusal_of("/dev/full", rules), HasSubstr("is a device"));
  EXPECT_THAT(refusal_of("-", rules), HasSubstr("./-"));
  EXPECT_THAT(refusal_of("", rules), HasSubstr("is empty"));
}

TEST_F(Output, AFileOfAnotherKindIsReplacedOnlyByForce) {
  write("thesis.tex", "\\documentclass{book}");

  EXPECT_THAT(refusal_of(path("thesis.tex"), notes()),
              AllOf(HasSubstr("exists and is not a note"), HasSubstr("--force")));
  EXPECT_EQ(read("thesis.tex"), "\\documentclass{book}");

  OutputRules rules = notes();
  rules.force = true;
  write_output(path("thesis.tex"), rules, "note: new");
  EXPECT_EQ(read("thesis.tex"), "note: new");
}

TEST_F(Output, AnEmptyFileIsNobodys) {
  write("n", "");

  write_output(path("n"), notes(), "note: new");

  EXPECT_EQ(read("n"), "note: new");
}

TEST_F(Output, FoldersThatCannotTakeItAreNamed) {
  write("file", "");

  EXPECT_THAT(refusal_of(path("absent/n"), notes()), HasSubstr("No such file"));
  EXPECT_THAT(refusal_of(path("file/n"), notes()), HasSubstr(path("file/n") + ": "));
  EXPECT_THAT(refusal_of(path(std::string(300, 'n')), notes()), HasSubstr("name too long"));
  EXPECT_THAT(refusal_of(path(std::string(253, 'n')), notes()), HasSubstr("name too long"));
}

TEST_F(Output, AFolderOrFileWithoutPermissionIsNamed) {
  constexpr uid_t kNobody = 65534;
  uid_t const user = ::geteuid();
  fs::permissions(path("."), fs::perms(0777));
  fs::create_directory(path("closed"));
  fs::permissions(path("closed"), fs::perms(0500));
  fs::permissions(write("n", "note: keep"), fs::perms(0400));
  if (user == 0) {
    ASSERT_EQ(::seteuid(kNobody), 0);  // root may write everywhere
  }

  std::string const in_closed = refusal_of(path("closed/n"), notes());
  std::string const over_n = refusal_of(path("n"), notes());
  if (user == 0) {
    ASSERT_EQ(::seteuid(user), 0);
  }

  EXPECT_THAT(in_closed, HasSubstr("Permission denied"));
  EXPECT_THAT(over_n, HasSubstr("may not be written"));
}

TEST_F(Output, WhatADeadRunLeftIsTakenAway) {
  for (std::string const& left :
       std::vector<std::string>{"", "note: half of it", "no", std::string(9, '\0'),
                                std::string(8, '\0') + "as HDF5 leaves it"}) {
    write("n.tmp", left);

    write_output(path("n"), notes(), "note: new");

    EXPECT_EQ(read("n"), "note: new") << left;
    EXPECT_FALSE(exists("n.tmp"));
  }
}

TEST_F(Output, ARecordingThatWasStoppedIsSetAside) {
  OutputRules rules = notes();
  rules.keep_stopped = true;
  write("n.tmp", "note: hours of work");

  write_output(path("n"), rules, "note: new");

  EXPECT_EQ(read("n"), "note: new");
  EXPECT_EQ(read("n.tmp.old"), "note: hours of work");
}

TEST_F(Output, WhatIsInTheWayOfTheUnfinishedFileIsNeverTouched) {
  write("precious", "of somebody else");
  fs::create_symlink("precious", path("a.tmp"));
  write("b.tmp", "of somebody else");
  fs::create_directory(path("c.tmp"));
  ASSERT_EQ(::mkfifo(path("d.tmp").c_str(), 0600), 0);
  OutputRules rules = notes();
  rules.force = true;

  for (char const* name : {"a", "b", "c", "d"}) {
    EXPECT_THAT(refusal_of(path(name), rules), HasSubstr(".tmp is in the way")) << name;
    EXPECT_FALSE(exists(name));
  }
  EXPECT_EQ(read("precious"), "of somebody else");
  EXPECT_EQ(read("b.tmp"), "of somebody else");
  EXPECT_TRUE(fs::is_symlink(path("a.tmp")));
}

TEST_F(Output, TwoOutputsOfOneCommandNeedTwoNames) {
  OutputFile const first(path("n"), notes());

  EXPECT_THAT(refusal_of(path("n"), notes()), HasSubstr("is named for two outputs"));
  EXPECT_THAT(refusal_of(path("n.tmp"), notes()), HasSubstr("is the unfinished file of another"));
}

TEST_F(Output, ASecondRunIsRefusedAndToldWhoWrites) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t const child = ::fork();
  if (child == 0) {
    OutputFile const file(path("n"), notes());
    static_cast<void>(!::write(ready[1], "x", 1));
    ::pause();
    ::_exit(0);
  }
  char signal = 0;
  ASSERT_EQ(::read(ready[0], &signal, 1), 1);

  std::string const refused = refusal_of(path("n"), notes());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);

  EXPECT_THAT(refused, HasSubstr("is being written by process " + std::to_string(child)));
  EXPECT_EQ(refusal_of(path("n"), notes()), "accepted") << "a dead process holds nothing";
}

TEST_F(Output, StandardOutputIsNotReplaced) {
  write("log", "");
  int const saved = ::dup(STDOUT_FILENO);
  int const log = ::open(path("log").c_str(), O_WRONLY);
  ::dup2(log, STDOUT_FILENO);

  std::string const refused = refusal_of(path("log"), notes());
  std::string const by_device = refusal_of("/dev/stdout", notes());
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::close(log);

  EXPECT_THAT(refused, HasSubstr("is where standard output"));
  EXPECT_THAT(by_device, HasSubstr("is where standard output"));
}

TEST_F(Output, AFullDiskIsAnErrorAndLeavesTheOlderFile) {
  write("n", "note: old");
  pid_t const child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit const limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::string const refused =
        refusal([&] { write_output(path("n"), notes(), "note: " + std::string(100'000, 'x')); });
    ::_exit(refused.find("cannot be written (File too large)") == std::string::npos ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);

  EXPECT_EQ(status, 0);
  EXPECT_EQ(read("n"), "note: old");
  EXPECT_FALSE(exists("n.tmp"));
}

}  // namespace
}  // namespace fluxscope::testing
