#pragma once
// A subcommand of `fluxscope`: parses its flags, calls one library function, prints.

#include <CLI/CLI.hpp>

namespace fluxscope::app {

// One function per file app/<name>_command.cpp. Each adds its subcommand, with an example that
// runs in its help footer, and a callback that throws InputError for the user's mistakes.
void add_profile_command(CLI::App& root);
void add_doctor_command(CLI::App& root);
void add_simulate_command(CLI::App& root);
void add_report_command(CLI::App& root);
void add_predict_command(CLI::App& root);
void add_compare_command(CLI::App& root);
void add_calibrate_command(CLI::App& root);
void add_sweep_command(CLI::App& root);
void add_merge_command(CLI::App& root);
void add_export_command(CLI::App& root);
void add_requests_command(CLI::App& root);
void add_try_command(CLI::App& root);
void add_list_command(CLI::App& root);

}  // namespace fluxscope::app
