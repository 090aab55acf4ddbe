// Writes what the browser and figure tests read: write_page OUT_FOLDER
// page.html, page.json, page.md; with the traces library also measured.h5.
#include <exception>
#include <fstream>
#include <iostream>

#include "analysis/report/report.hpp"
#include "tests/analysis/synthetic_trace.hpp"
#ifdef FLUXSCOPE_WITH_TRACES
#include "traces/file/writer.hpp"
#endif

namespace {

void write(std::string const& path, std::string const& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
}

void write_all(std::string const& folder) {
  using namespace fluxscope;
  testing::SyntheticSetup setup;
  setup.contexts = {8192, 16384, 32768};
  auto simulated = setup;
  simulated.source = "simulated";
  simulated.u_ns = 0;
  simulated.time_scale = 1.03;
  std::vector<traces::Trace> const traces{testing::prefill_trace(setup),
                                          testing::prefill_trace(simulated)};
  std::vector<std::string> const labels{"measured.h5", "simulated.h5"};
  auto const report = analysis::make_report(traces, labels);
  write(folder + "/page.html", analysis::report_html(report));
  write(folder + "/page.json", analysis::report_json(report));
  write(folder + "/page.md", analysis::report_markdown(report));
#ifdef FLUXSCOPE_WITH_TRACES
  traces::write_trace(folder + "/measured.h5", traces[0]);
#endif
  std::cout << analysis::report_terminal(report, false);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_page OUT_FOLDER\n";
    return 2;
  }
  try {
    write_all(argv[1]);
  } catch (std::exception const& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
