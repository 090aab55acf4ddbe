#include "sim/sweep/file.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <variant>

#include "base/error.hpp"
#include "base/hdf5/file_reader.hpp"
#include "base/hdf5/file_writer.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::sim {
namespace {

using hdf5::FileReader;
using hdf5::FileWriter;
using hdf5::Type;

constexpr char kFormat[] = "fluxscope-sweep";
constexpr std::int32_t kVersion = 3;  // 3: with the identity and digests
constexpr std::size_t kChunkRows = 4096;

using Member = std::variant<std::uint8_t SweepRow::*, std::uint32_t SweepRow::*,
                            std::int32_t SweepRow::*, std::int64_t SweepRow::*, double SweepRow::*>;

struct Column {
  char const* name;
  char const* units;
  char const* description;
  Member member;
};

std::vector<Column> const& columns() {
  static std::vector<Column> const kColumns = {
      {"point", "1", "rank of the point in the whole sweep", &SweepRow::point},
      {"gpu", "1", "device profile", &SweepRow::gpu},
      {"phase", "1", "prefill or decode", &SweepRow::phase},
      {"policy", "1", "who decides which layers or heads are sparse", &SweepRow::policy},
      {"execution", "1", "how a layer with both kinds of heads is launched", &SweepRow::execution},
      {"scheduler", "1", "order of the tiles", &SweepRow::scheduler},
      {"provenance", "1", "what the prediction rests on", &SweepRow::provenance},
      {"batch", "1", "requests, all alike", &SweepRow::batch},
      {"kv_len", "tokens", "context of each request", &SweepRow::kv_len},
      {"seed", "1", "of the gates", &SweepRow::seed},
      {"msr_ratio", "1", "share of layers or heads on sparse attention", &SweepRow::msr_ratio},
      {"time_ns", "ns", "attention of all layers", &SweepRow::time_ns},
      {"time_low_ns", "ns", "low end of the 90 % interval", &SweepRow::time_low_ns},
      {"time_high_ns", "ns", "high end of the 90 % interval", &SweepRow::time_high_ns},
      {"full_time_ns", "ns",
       "every head full, by the quickest of the sweep's schedulers and splits",
       &SweepRow::full_time_ns},
      {"speedup_ratio", "1", "full_time_ns / time_ns", &SweepRow::speedup_ratio},
      {"ideal_speedup_ratio", "1", "blocks with every head full / selected blocks",
       &SweepRow::ideal_speedup_ratio},
      {"kv_bytes_selected", "bytes", "K and V bytes of the distinct selected KV blocks, all layers",
       &SweepRow::kv_bytes_selected},
      {"kv_bytes_held", "bytes", "K and V bytes kept in memory, all layers",
       &SweepRow::kv_bytes_held}};
  return kColumns;
}

std::string joined(std::vector<std::string> const& words) {
  std::string text;
  for (std::string const& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

/// Words of the enumeration columns, by column.
std::map<std::string, std::string> words_of(SweepTable const& table) {
  return {{"gpu", table.gpu_words},
          {"phase", joined(plan::phase_names())},
          {"policy", table.policy_words},
          {"execution", joined(plan::execution_names())},
          {"scheduler", joined(plan::scheduler_names())},
          {"provenance", kSweepProvenanceWords}};
}

void write_column(FileWriter& file, Column const& column, SweepTable const& table) {
  std::visit(
      [&](auto member) {
        using T = std::decay_t<decltype(SweepRow{}.*member)>;
        std::vector<T> values;
        values.reserve(table.rows.size());
        for (SweepRow const& row : table.rows) values.push_back(row.*member);
        auto writer = file.create_column(std::string("/points/") + column.name, hdf5::type_of<T>(),
                                         kChunkRows);
        writer.set_attribute("units", std::string(column.units));
        writer.set_attribute("description", std::string(column.description));
        auto const words = words_of(table);
        if (auto const found = words.find(column.name); found != words.end()) {
          writer.set_attribute("words", found->second);
        }
        writer.append(values.data(), values.size());
      },
      column.member);
}

std::string text_attribute(FileReader const& file, std::string const& name,
                           std::string const& path) {
  auto const value = file.attribute("/", name);
  if (!value || !std::holds_alternative<std::string>(*value)) {
    throw InputError(path + ": attribute " + name + " is missing (not a sweep of this program) " +
                     "give a file that `fluxscope sweep` wrote");
  }
  return std::get<std::string>(*value);
}

std::uint64_t count_attribute(FileReader const& file, std::string const& name,
                              std::string const& path) {
  auto const value = file.attribute("/", name);
  if (value && std::holds_alternative<std::uint64_t>(*value))
    return std::get<std::uint64_t>(*value);
  if (value && std::holds_alternative<std::int64_t>(*value) &&
      std::get<std::int64_t>(*value) >= 0) {
    return static_cast<std::uint64_t>(std::get<std::int64_t>(*value));
  }
  throw InputError(path + ": attribute " + name + " is missing or not a count " +
                   "give a file that `fluxscope sweep` wrote");
}

hdf5::Type type_of(Column const& column) {
  return std::visit(
      [](auto member) { return hdf5::type_of<std::decay_t<decltype(SweepRow{}.*member)>>(); },
      column.member);
}

// Memory is taken only after every column is known to be there with all its rows.
std::vector<SweepRow> read_rows(FileReader const& file, std::string const& path) {
  std::vector<hdf5::ColumnReader> readers;
  for (Column const& column : columns()) {
    std::string const name = std::string("/points/") + column.name;
    readers.push_back(file.column(name, type_of(column)));
    if (readers.back().rows() != readers.front().rows()) {
      throw InputError(path + ": column " + name + " has " + std::to_string(readers.back().rows()) +
                       " rows, another has " + std::to_string(readers.front().rows()) +
                       " (the file was changed or damaged) run the sweep again");
    }
  }
  for (hdf5::ColumnReader& reader : readers) reader.locate();
  std::vector<SweepRow> rows(readers.front().rows());
  for (std::size_t k = 0; k < readers.size(); ++k) {
    std::visit(
        [&](auto member) {
          std::vector<std::decay_t<decltype(SweepRow{}.*member)>> values(rows.size());
          readers[k].read(std::as_writable_bytes(std::span(values)));
          for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*member = values[i];
        },
        columns()[k].member);
  }
  return rows;
}

/// Throws unless both are parts of one sweep.
void check_same(SweepTable const& a, std::string const& a_path, SweepTable const& b,
                std::string const& b_path) {
  std::string differs = difference(a.identity, b.identity);
  bool const alike = a.toml == b.toml && a.profiles == b.profiles && a.points == b.points &&
                     a.gpu_words == b.gpu_words && a.policy_words == b.policy_words;
  if (differs.empty() && !alike) differs = "attributes of one identity: a file was changed";
  if (differs.empty()) return;
  throw InputError(b_path + ": is a part of another sweep than " + a_path +
                   " (different: " + differs + ") merge parts of one sweep");
}

std::size_t word_count(std::string const& words) {
  return static_cast<std::size_t>(std::count(words.begin(), words.end(), ',')) + 1;
}

void check_rows(SweepTable const& table, std::string const& path) {
  auto const words = words_of(table);
  auto const refuse = [&](std::size_t row, std::string const& problem) {
    throw InputError(path + ": /points row " + std::to_string(row) + ": " + problem +
                     " (the file was changed or damaged) run the sweep again");
  };
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    SweepRow const& row = table.rows[i];
    if (row.point >= table.points) refuse(i, "point is outside the sweep");
    if (i > 0 && row.point <= table.rows[i - 1].point) refuse(i, "point is not ascending");
    if (row.gpu >= word_count(table.gpu_words)) refuse(i, "gpu is not one of the sweep's");
    if (row.policy >= word_count(table.policy_words)) refuse(i, "policy is not one of the sweep's");
    if (row.phase > 1 || row.execution > 5 || row.scheduler > 3 || row.provenance > 3) {
      refuse(i, "a word outside its column's list");
    }
    for (double const time_ns :
         {row.time_ns, row.time_low_ns, row.time_high_ns, row.full_time_ns}) {
      if (!(time_ns >= 0 && std::isfinite(time_ns))) refuse(i, "a time that is no time");
    }
    if (!(row.msr_ratio >= 0 && row.msr_ratio <= 1)) refuse(i, "msr_ratio is outside 0 to 1");
    // NaN: of a reference that takes no time there is none.
    if (std::isinf(row.speedup_ratio) || std::isinf(row.ideal_speedup_ratio)) {
      refuse(i, "a speed-up without end");
    }
    if (row.batch < 1 || row.kv_len < 1 || row.kv_bytes_selected < 0 || row.kv_bytes_held < 0) {
      refuse(i, "a size that is no size");
    }
  }
}

}  // namespace

FileKind sweep_kind() { return {.name = "a sweep", .begins = {kHdf5Signature}, .holds = kFormat}; }

void write_sweep(OutputFile& output, SweepTable const& table) {
  {
    FileWriter file(output);
    file.set_attribute("/", "format", std::string(kFormat));
    file.set_attribute("/", "schema_version", kVersion);
    file.set_attribute("/", "name", table.name);
    file.set_attribute("/", "model", table.model);
    file.set_attribute("/", "sweep_toml", table.toml);
    file.set_attribute("/", "gpus", table.gpu_words);
    file.set_attribute("/", "policies", table.policy_words);
    file.set_attribute("/", "device_profiles", table.profiles);
    file.set_attribute("/", "identity", identity_text(table.identity));
    file.set_attribute("/", "points", table.points);
    file.create_group("/points");
    for (Column const& column : columns()) write_column(file, column, table);
    file.close();
  }
  output.commit();
}

void write_sweep(std::string const& path, SweepTable const& table) {
  OutputFile output(path, {.kinds = {sweep_kind()}});
  write_sweep(output, table);
}

SweepTable read_sweep(std::string const& path) {
  FileReader const file(path);
  if (text_attribute(file, "format", path) != kFormat) {
    throw InputError(path + ": is not a sweep give a file that `fluxscope sweep` wrote");
  }
  if (auto const version = count_attribute(file, "schema_version", path);
      version != static_cast<std::uint64_t>(kVersion)) {
    throw InputError(path + ": sweep of version " + std::to_string(version) + " (this program " +
                     "reads version " + std::to_string(kVersion) +
                     ") use the program that wrote it");
  }
  if (!file.has_digests()) {
    throw InputError(path + ": has no digest (every sweep of its version has one: the file was " +
                     "changed or damaged) run the sweep again");
  }
  file.check_contents();
  SweepTable table{.name = text_attribute(file, "name", path),
                   .model = text_attribute(file, "model", path),
                   .toml = text_attribute(file, "sweep_toml", path),
                   .gpu_words = text_attribute(file, "gpus", path),
                   .policy_words = text_attribute(file, "policies", path),
                   .profiles = text_attribute(file, "device_profiles", path),
                   .identity = identity_from(text_attribute(file, "identity", path)),
                   .points = count_attribute(file, "points", path)};
  table.rows = read_rows(file, path);
  check_rows(table, path);
  return table;
}

SweepTable merge_sweeps(std::vector<std::string> const& paths, bool whole) {
  expects(!paths.empty(), "a merge has parts");
  SweepTable merged;
  std::map<std::uint32_t, SweepRow> rows;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    SweepTable part = read_sweep(paths[i]);
    if (i == 0) {
      merged = part;
    } else {
      check_same(merged, paths[0], part, paths[i]);
    }
    for (SweepRow const& row : part.rows) {
      auto const [found, is_new] = rows.emplace(row.point, row);
      if (!is_new && found->second.time_ns != row.time_ns) {
        throw InputError(paths[i] + ": point " + std::to_string(row.point) +
                         " has another time than in an earlier part (another version of the " +
                         "program made it) make the parts with one version");
      }
    }
  }
  if (whole && rows.size() != merged.points) {
    throw InputError("merge: " + std::to_string(merged.points - rows.size()) + " of " +
                     std::to_string(merged.points) + " points are in no part (a shard is missing " +
                     "or unfinished) give all parts");
  }
  merged.rows.clear();
  for (auto const& [point, row] : rows) merged.rows.push_back(row);
  return merged;
}

}  // namespace fluxscope::sim
