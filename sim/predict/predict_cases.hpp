#pragma once
// fluxscope predict --cases: a time, with its interval, for each row of a table.

#include <cstdint>
#include <string>

#include "base/output/output_file.hpp"
#include "sim/device/profile.hpp"
#include "sim/predict/case_row.hpp"

namespace fluxscope::sim {

/// One layer on one GPU.
struct CasePrediction {
  std::int64_t time_ps = 0;      ///< as simulate() says of the same plan
  double tail_area_ratio = 0;    ///< metric M7 of the attention launches; NaN: no window
  double balance_saving_us = 0;  ///< attention launches: end - level_end_ps(), where above 0
};

/// Throws InputError where the plan is refused, the profile has no kernel for it, or the layer is
/// larger than the GPU's memory.
[[nodiscard]] CasePrediction predict_case(CaseRow const& row, DeviceProfile const& profile);

/// The profile whose launches of the row's phase run the row's kernel.
[[nodiscard]] DeviceProfile with_kernel(DeviceProfile profile, CaseRow const& row,
                                        std::string const& where);

struct PredictOptions {
  std::size_t block_rows = 4096;                  ///< held at a time
  std::size_t remembered = std::size_t{1} << 18;  ///< distinct cases, then forgotten
};

struct PredictedRows {
  std::int64_t rows = 0;
  std::int64_t simulated = 0;  ///< cases, equal ones once
};

/// Reads the table `path` in blocks and appends to `output`, in the order of the input: its columns
/// as given, then predicted_us, lo_us, hi_us (90 % interval), tail_area, balance_saving_us,
/// provenance. Runs on all cores; the bytes do not depend on how many, nor on the options. Throws
/// InputError "path:line: ..." for the first row that is none.
PredictedRows predict_cases(std::string const& path, DeviceProfile const& profile,
                            OutputFile& output, PredictOptions const& options = {});

/// What a table of predictions is told by.
[[nodiscard]] FileKind predictions_kind();

}  // namespace fluxscope::sim
