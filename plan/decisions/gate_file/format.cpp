#include <array>
#include <filesystem>
#include <string_view>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/json/parse.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kHdf5Begin = "\x89HDF\r\n\x1a\n";
constexpr std::string_view kBlanks = " \t";

bool begins_as_hdf5(std::string const& path) {
  RegularFile const file(path);
  std::string begin(kHdf5Begin.size(), '\0');
  return file.read_at(0, begin) == begin.size() && begin == kHdf5Begin;
}

/// The first line that is not empty and, of a Python text, no comment.
std::string first_line(std::string const& path) {
  LineReader file(path, limits::kGateFileBytes);
  for (std::string line; file.next(line);) {
    std::size_t const begin = line.find_first_not_of(kBlanks);
    if (begin != std::string::npos && line[begin] != '#') return line.substr(begin);
  }
  return {};
}

bool is_jsonl(std::string const& line) {
  try {
    Json const value = parse_json(line, "");
    return value.is_object() && value.contains("full");
  } catch (InputError const&) {
    return false;
  }
}

[[noreturn]] void refuse(std::string const& path) {
  throw InputError(path +
                   ":1: is of no known format of decisions. Use CSV, JSON lines or HDF5, or a "
                   "pattern of DuoAttention, PruLong, MInference, rtp-llm, HeadKV or XAttention "
                   "(fluxscope list formats).");
}

/// JSON of others.
GateFormat json_format_of(std::string const& path) {
  PatternFile const file = read_pattern_file(path);
  if (file.root.is_array()) return GateFormat::minference;
  if (!file.root.is_object()) refuse(path);
  for (char const* const key : {"headwise_config", "sink_token_num", "swa_token_num"}) {
    if (file.root.contains(key)) return GateFormat::headwise;
  }
  if (file.root.empty()) return GateFormat::retrieval_heads;
  std::string const key = file.root.begin().key();
  bool const pair = key.find_first_not_of("0123456789-") == std::string::npos &&
                    key.find('-') != std::string::npos;
  if (pair) return GateFormat::retrieval_heads;
  if (file.root.contains("full")) return GateFormat::jsonl;
  refuse(path);
}

/// NAME = [...
bool begins_as_python(std::string_view line) {
  std::size_t const name =
      line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  if (name == 0 || name == std::string_view::npos) return false;
  std::size_t const sign = line.find_first_not_of(kBlanks, name);
  return sign != std::string_view::npos && line[sign] == '=';
}

}  // namespace

GateFormat gate_format_of(std::string const& path) {
  if (begins_as_hdf5(path)) return GateFormat::hdf5;
  std::string const ending = std::filesystem::path(path).extension().string();
  if (ending == ".h5" || ending == ".hdf5") return GateFormat::hdf5;
  std::string const line = first_line(path);
  if (line.starts_with("request,layer")) return GateFormat::csv;
  if (is_jsonl(line)) return GateFormat::jsonl;
  if (ending == ".csv") return GateFormat::csv;
  if (ending == ".jsonl") return GateFormat::jsonl;
  if (line.empty() && ending != ".tsv") {
    throw InputError(path + ":1: is empty (decisions or scores are expected) write it anew.");
  }
  if (line.starts_with('{') || line.starts_with('[')) return json_format_of(path);
  if (begins_as_python(line)) return GateFormat::python_lists;
  if (line.find_first_of("0123456789+-.") == 0) return GateFormat::number_table;
  if (ending == ".tsv") return GateFormat::number_table;
  refuse(path);
}

std::string to_text(GateFormat format) {
  constexpr std::array kNames = {"CSV",
                                 "JSON lines",
                                 "HDF5",
                                 "table of numbers",
                                 "MInference pattern",
                                 "rtp-llm headwise_config",
                                 "HeadKV scores",
                                 "XAttention thresholds"};
  return kNames.at(static_cast<std::size_t>(format));
}

PatternFile read_pattern_file(std::string const& path) {
  PatternFile file{.path = path, .text = read_text_file(path, limits::kPatternBytes)};
  file.root = parse_json(file.text, path + ": ");
  return file;
}

void PatternFile::refuse(JsonPath const& place, std::string const& problem) const {
  throw InputError(path + ":" + std::to_string(json_line(text, place)) + ": " + problem);
}

}  // namespace fluxscope::plan::detail
