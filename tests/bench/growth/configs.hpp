#pragma once
// Configuration files that ask for many rows.

#include <cstddef>
#include <string>

namespace fluxscope::bench {

/// A sweep of `points` (a multiple of 100) what-if points of one model on the H200.
void write_sweep_config(std::string const& path, std::size_t points);

/// An experiment of `rows` (a multiple of 20) rows of a model of four layers, which this writes
/// beside it; its cases are few.
void write_experiment_config(std::string const& path, std::size_t rows);

/// An experiment of one row whose gates come from a CSV file beside it, with `decisions` (a
/// multiple of 1000) of them.
void write_gates_config(std::string const& path, std::size_t decisions);

}  // namespace fluxscope::bench
