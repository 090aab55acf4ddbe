// `fluxscope`: hands the command line to a subcommand and turns failures into exit codes.

#include <unistd.h>

#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "app/command.hpp"
#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/output/stop_note.hpp"
#include "base/terminal/printable_stream.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"

namespace fluxscope::app {
namespace {

constexpr int kDone = 0;
constexpr int kOurFault = 1;
constexpr int kUsersFault = 2;
constexpr char kNoMemory[] =
    ": needs more memory than this machine gives (batches x heads x contexts, the lists of an "
    "experiment, or a file's rows are too many) ask for less at a time";

std::string version_text() {
  BuildInfo const& build = build_info();
  return "fluxscope " + build.version + " (" + build.git_hash +
         (build.cuda ? ", with CUDA)" : ", without CUDA)");
}

void add_commands(CLI::App& root) {
  add_profile_command(root);
  add_simulate_command(root);
  add_predict_command(root);
  add_try_command(root);
  add_report_command(root);
  add_compare_command(root);
  add_calibrate_command(root);
  add_sweep_command(root);
  add_merge_command(root);
  add_export_command(root);
  add_requests_command(root);
  add_doctor_command(root);
  add_list_command(root);
  root.require_subcommand(1);
}

/// CLI11 says of a misspelt command only that it was not expected.
void refuse_unknown_command(CLI::App const& root, std::string const& word) {
  if (word.starts_with('-')) return;
  std::vector<std::string> names;
  for (CLI::App const* command : root.get_subcommands({})) names.push_back(command->get_name());
  for (std::string const& name : names) {
    if (word == name) return;
  }
  throw InputError(in_quotes(word) + " is not a command; " + expected_one_of(word, names));
}

/// Parsing runs the command's callback. A result that did not reach standard output is a failure.
void run(CLI::App& root, int argc, char** argv) {
  if (argc > 1) refuse_unknown_command(root, argv[1]);
  root.parse(argc, argv);
  if (!std::cout.flush()) {
    throw InputError("standard output cannot be written (is the disk full?) redirect it elsewhere");
  }
}

int failed(int code, std::string const& message) {
  std::cerr << "fluxscope: error: " << message_text(message) << '\n';
  return code;
}

/// "fluxscope simulate a.toml", cut: what was being done when the system refused something.
std::string doing(int argc, char** argv) {
  std::string line = "fluxscope";
  for (int i = 1; i < argc; ++i) line += std::string(" ") + argv[i];
  return shown(line, 4 * limits::kShownCharacters);
}

std::terminate_handler const usual_end = std::get_terminate();
std::string done_now;  // doing() of this process, made while there is memory

/// Where memory is so short that not even an error can be raised, or several threads run out of it
/// at once, the language ends the program: with the message and code of every other want of memory.
[[noreturn]] void end_without_memory() {
  if (auto const thrown = std::current_exception()) {
    try {
      std::rethrow_exception(thrown);
    } catch (std::bad_alloc const&) {
    } catch (...) {
      usual_end();
    }
  }
  using Text = std::string_view;
  for (Text const part :
       {Text("fluxscope: error: "), Text(done_now), Text(kNoMemory), Text("\n")}) {
    static_cast<void>(!::write(STDERR_FILENO, part.data(), part.size()));
  }
  ::_exit(kUsersFault);
}

/// --help and --version arrive as errors with exit code 0.
int end_of_parsing(CLI::App const& root, CLI::ParseError const& error) {
  if (error.get_exit_code() == kDone) return root.exit(error);
  auto const chosen = root.get_subcommands();
  std::string const name = chosen.empty() ? "" : " " + chosen.front()->get_name();
  return failed(kUsersFault, std::string(error.what()) + "; see `fluxscope" + name + " --help`");
}

int main(int argc, char** argv) {
  done_now = doing(argc, argv);
  std::set_terminate(end_without_memory);
  handle_stops();
  PrintableStream const out(std::cout);
  PrintableStream const errors(std::cerr);
  CLI::App root{
      "Measures and models where the time of full, head-level and layer-level sparse attention "
      "goes on a GPU.",
      "fluxscope"};
  root.set_version_flag("--version", version_text());
  root.footer("Example:\n  fluxscope list experiments\nEach command has its own --help.");
  add_commands(root);
  try {
    run(root, argc, argv);
    return kDone;
  } catch (CLI::ParseError const& error) {
    return end_of_parsing(root, error);
  } catch (InputError const& error) {
    return failed(kUsersFault, error.what());
  } catch (std::filesystem::filesystem_error const& error) {
    return failed(kUsersFault, doing(argc, argv) + ": " + error.path1().string() + ": " +
                                   error.code().message() +
                                   " (the system refuses it) check the path and its permissions");
  } catch (std::bad_alloc const&) {
    return failed(kUsersFault, doing(argc, argv) + kNoMemory);
  } catch (std::length_error const&) {
    return failed(kUsersFault, doing(argc, argv) + kNoMemory);
  } catch (std::exception const& error) {
    return failed(kOurFault, error.what());
  }
}

}  // namespace
}  // namespace fluxscope::app

int main(int argc, char** argv) { return fluxscope::app::main(argc, argv); }
