#pragma once
// A sweep's results in HDF5: attributes, and one column per field under /points.

#include <cstdint>
#include <string>
#include <vector>

#include "base/output/output_file.hpp"
#include "sim/sweep/identity.hpp"

namespace fluxscope::sim {

/// One row of /points. Enumerations are positions in the column's attribute `words`.
struct SweepRow {
  std::uint32_t point = 0;
  std::uint8_t gpu = 0;
  std::uint8_t phase = 0;
  std::uint8_t policy = 0;
  std::uint8_t execution = 0;
  std::uint8_t scheduler = 0;
  std::uint8_t provenance = 0;
  std::int32_t batch = 0;
  std::int32_t kv_len = 0;
  std::int64_t seed = 0;
  double msr_ratio = 0;
  double time_ns = 0;      ///< attention of all layers
  double time_low_ns = 0;  ///< 90 % interval
  double time_high_ns = 0;
  double full_time_ns =
      0;  ///< every head full, by the quickest of the sweep's schedulers and splits
  double speedup_ratio = 0;
  double ideal_speedup_ratio = 0;
  std::int64_t kv_bytes_selected = 0;
  std::int64_t kv_bytes_held = 0;
};

struct SweepTable {
  std::string name;
  std::string model;
  std::string toml;       ///< the sweep's file, whole
  std::string gpu_words;  ///< comma-separated, in the order of the positions
  std::string policy_words;
  std::string profiles;        ///< the texts of the device profiles
  Identity identity;           ///< what the numbers come from
  std::uint64_t points = 0;    ///< of the whole sweep; a part holds fewer rows
  std::vector<SweepRow> rows;  ///< ascending by point
};

inline constexpr char kSweepProvenanceWords[] = "calibrated,interpolated,extrapolated,transferred";

/// What a sweep's file is told by.
[[nodiscard]] FileKind sweep_kind();

/// Writes and commits. Equal tables give equal bytes.
void write_sweep(OutputFile& output, SweepTable const& table);
/// The same into `path`, where only a sweep is replaced.
void write_sweep(std::string const& path, SweepTable const& table);

/// Throws InputError for a file that is no sweep, of another version, or inconsistent.
[[nodiscard]] SweepTable read_sweep(std::string const& path);

/// The parts' rows as one table. Throws InputError for parts of another identity, naming what
/// differs, for a point that
/// is there twice with different numbers, and, where `whole`, for points that no part holds.
[[nodiscard]] SweepTable merge_sweeps(std::vector<std::string> const& paths, bool whole);

}  // namespace fluxscope::sim
