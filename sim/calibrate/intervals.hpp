#pragma once
// How well a fit's cases determine its parameters.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/calibrate/data.hpp"

namespace fluxscope::sim {

enum class ParameterStanding : std::uint8_t {
  determined,
  at_bound,      ///< 0: the cases would take less still
  undetermined,  ///< the interval is wider than the value: others can take its place
  unused,        ///< no case depends on it: it is where the fit started
};

/// A fitted parameter and its 90 % interval; ns.
struct ParameterInterval {
  std::string name;  ///< as FitParameter's
  double value_ns = 0;
  double low_ns = 0;
  double high_ns = 0;
  ParameterStanding standing = ParameterStanding::determined;
};

/// Intervals by the fit's linearised and weighted residuals at `profile`: the covariance of least
/// squares, s^2 (J'WJ)^-1, each +-1.645 standard errors, ends below 0 cut off. They tell how well
/// the cases separate the parameters where the model holds and is as linear as here: see
/// widen_by_fits() for the rest.
[[nodiscard]] std::vector<ParameterInterval> parameter_intervals(
    CalibrationData const& data, std::span<std::size_t const> chosen, DeviceProfile const& profile);

/// Widens each interval to hold the parameter of all `fits`, which saw other parts of the data: as
/// many equal draws hold the next in all cases but two of their number and one more.
void widen_by_fits(std::vector<ParameterInterval>& intervals, std::span<DeviceProfile const> fits);

/// Writes them beside the parameters in the profile's file.
void add_interval_notes(std::vector<ParameterInterval> const& intervals, DeviceProfile& profile);

/// A table of them for a terminal.
[[nodiscard]] std::string intervals_text(std::vector<ParameterInterval> const& intervals);

/// "2890 to 2930", "at its bound, up to 12", "not determined, 0 to 900", "not determined" where it
/// could be anything, "no case depends on it".
[[nodiscard]] std::string interval_text(ParameterInterval const& interval);

}  // namespace fluxscope::sim
