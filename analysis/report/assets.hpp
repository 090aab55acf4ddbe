#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fluxscope::analysis {

/// Bytes of a file that was embedded at build time: "echarts.min.js" or a file of report_assets/.
/// Throws ContractError for another name.
[[nodiscard]] std::string_view report_asset(std::string_view name);

/// The page's own scripts, each after those it uses.
[[nodiscard]] std::span<std::string_view const> report_scripts();

/// The page template with `scripts` (names of assets, each after those it uses) and data in JSON.
[[nodiscard]] std::string page_html(std::span<std::string_view const> scripts,
                                    std::string const& json);

}  // namespace fluxscope::analysis
