#include <filesystem>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan {
namespace {

namespace fs = std::filesystem;
using detail::PatternFile;
using Json = nlohmann::json;

/// The first of `keys` in the object at `prefix` that is not null; nothing without one.
std::optional<std::int32_t> tokens_of(PatternFile const& file, JsonPath const& prefix,
                                      std::vector<std::string> const& keys, std::int64_t least) {
  Json const& object = prefix.empty() ? file.root : file.root[prefix[0]];
  for (std::string const& key : keys) {
    if (!object.is_object() || !object.contains(key) || object[key].is_null()) continue;
    Json const& value = object[key];
    if (value.is_number_integer() && value >= least && value <= limits::kTokens) {
      return value.get<std::int32_t>();
    }
    JsonPath place = prefix;
    place.push_back(key);
    file.refuse(place, key + " = " + shown(value.dump()) + " is no whole number from " +
                           std::to_string(least) + " to " + std::to_string(limits::kTokens) +
                           "; mend it");
  }
  return std::nullopt;
}

std::optional<Selection> window_of(PatternFile const& file, JsonPath const& prefix,
                                   std::vector<std::string> const& sink_keys,
                                   std::vector<std::string> const& local_keys) {
  auto const sink = tokens_of(file, prefix, sink_keys, 0);
  auto const local = tokens_of(file, prefix, local_keys, 1);
  if (!sink && !local) return std::nullopt;
  if (!sink || !local) {
    std::string const missing = (sink ? local_keys : sink_keys).back();
    file.refuse(prefix, "no " + missing + " beside " + (sink ? sink_keys : local_keys).back() +
                            " (both say what a sparse head reads) add it");
  }
  return Selection{.kind = SelectionKind::streaming, .sink_tokens = *sink, .local_tokens = *local};
}

}  // namespace

std::optional<Selection> pattern_selection(std::string const& path) {
  auto const format = detail::gate_format_of(path);
  if (format == detail::GateFormat::headwise) {
    PatternFile const file = detail::read_pattern_file(path);
    bool const inside = file.root.contains("headwise_config");
    return window_of(file, inside ? JsonPath{"headwise_config"} : JsonPath{}, {"sink_token_num"},
                     {"swa_token_num"});
  }
  fs::path const beside = fs::path(path).parent_path() / "config.json";
  if (format != detail::GateFormat::number_table || !fs::exists(beside)) return std::nullopt;
  return window_of(detail::read_pattern_file(beside.string()), {},
                   {"deploy_sink_size", "sink_size"}, {"deploy_recent_size", "recent_size"});
}

}  // namespace fluxscope::plan
