#include "traces/replay/json.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/json/parse.hpp"
#include "base/text/printable.hpp"

namespace fluxscope::traces {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "fluxscope_replay";
constexpr std::int64_t kVersion = 1;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

/// One list of the fields of each record serves writing and reading: `visit(name, field)`.
template <class Record, class Visit>
void visit_interval(Record& one, Visit&& visit) {
  visit("time_ns", one.time_ns);
  visit("low_ns", one.low_ns);
  visit("high_ns", one.high_ns);
}

template <class Record, class Visit>
void visit_ratio(Record& one, Visit&& visit) {
  visit("value", one.value);
  visit("low", one.low);
  visit("high", one.high);
}

template <class Record, class Visit>
void visit_row(Record& row, Visit&& visit) {
  visit("task", row.task);
  visit("policy", row.policy);
  visit("level", row.level);
  visit("execution", row.execution);
  visit("scheduler", row.scheduler);
  visit("mode", row.mode);
  visit("weight", row.weight);
  visit("prompt_tokens", row.prompt_tokens);
  visit("output_tokens", row.output_tokens);
  visit("msr_ratio", row.msr_ratio);
  visit("first_token", row.first_token);
  visit("per_token", row.per_token);
  visit("latency", row.latency);
  visit("first_token_speedup", row.first_token_speedup);
  visit("per_token_speedup", row.per_token_speedup);
  visit("latency_speedup", row.latency_speedup);
  visit("attention_ratio", row.attention_ratio);
  visit("kv_bytes", row.kv_bytes);
  visit("requests_fit", row.requests_fit);
  visit("provenance", row.provenance);
  visit("prefill_ns", row.prefill_ns);
  visit("decode_ns", row.decode_ns);
}

template <class Record, class Visit>
void visit_point(Record& point, Visit&& visit) {
  visit("kv_len", point.kv_len);
  visit("time", point.time);
  visit("full", point.full);
  visit("speedup", point.speedup);
}

template <class Record, class Visit>
void visit_break_even(Record& row, Visit&& visit) {
  visit("phase", row.phase);
  visit("policy", row.policy);
  visit("execution", row.execution);
  visit("scheduler", row.scheduler);
  visit("mode", row.mode);
  visit("msr_ratio", row.msr_ratio);
  visit("kind", row.kind);
  visit("kv_len_tokens", row.kv_len_tokens);
  visit("low_kind", row.low_kind);
  visit("low_tokens", row.low_tokens);
  visit("high_kind", row.high_kind);
  visit("high_tokens", row.high_tokens);
  visit("points", row.points);
  visit("longest_ns", row.longest_ns);
}

template <class Record, class Visit>
void visit_replay(Record& replay, Visit&& visit) {
  visit("name", replay.name);
  visit("created", replay.created);
  visit("version", replay.version);
  visit("command_line", replay.command_line);
  visit("toml", replay.toml);
  visit("model", replay.model);
  visit("gpu", replay.gpu);
  visit("profile", replay.profile);
  visit("batch", replay.batch);
  visit("attention_alone", replay.attention_alone);
  visit("not_charged", replay.not_charged);
  visit("notes", replay.notes);
  visit("rows", replay.rows);
  visit("break_evens", replay.break_evens);
}

struct Writer {
  Json object = Json::object();

  void operator()(char const* name, auto const& value) { object[name] = json_of(value); }

  static Json json_of(std::string const& value) { return value; }
  static Json json_of(std::int32_t value) { return value; }
  static Json json_of(std::int64_t value) { return value; }
  static Json json_of(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
  static Json json_of(TimeInterval const& value) {
    return built([&](Writer& to) { visit_interval(value, to); });
  }
  static Json json_of(TimeRatio const& value) {
    return built([&](Writer& to) { visit_ratio(value, to); });
  }
  static Json json_of(ReplayRow const& value) {
    return built([&](Writer& to) { visit_row(value, to); });
  }
  static Json json_of(BreakEvenPoint const& value) {
    return built([&](Writer& to) { visit_point(value, to); });
  }
  static Json json_of(BreakEvenRow const& value) {
    return built([&](Writer& to) { visit_break_even(value, to); });
  }
  static Json json_of(ReplayTimes const& value) {
    Json parts = Json::object();
    for (std::size_t part = 0; part < kReplayParts; ++part) {
      parts[kReplayPartNames[part]] = json_of(value[part]);
    }
    return parts;
  }
  template <class Item>
  static Json json_of(std::vector<Item> const& values) {
    Json list = Json::array();
    for (Item const& value : values) list.push_back(json_of(value));
    return list;
  }
  static Json built(auto const& visit) {
    Writer writer;
    visit(writer);
    return std::move(writer.object);
  }
};

class Reader {
 public:
  Reader(nlohmann::json const& object, std::string where)
      : object_(object), where_(std::move(where)) {
    if (!object.is_object()) refuse("is no object");
  }

  void operator()(char const* name, auto& value) {
    known_.insert(name);
    auto const found = object_.find(name);
    if (found == object_.end()) refuse(std::string("has no key ") + name);
    read(*found, where_ + "." + name, value);
  }

  /// Behind the last field.
  void close() const {
    for (auto const& [name, value] : object_.items()) {
      if (!known_.contains(name)) refuse("has the unknown key " + in_quotes(name));
    }
  }

 private:
  [[noreturn]] void refuse(std::string const& problem) const {
    throw InputError(where_ + " " + problem +
                     " (it is no replay of this version, or was changed) make it again by predict");
  }
  static void expect(bool good, std::string const& where, char const* what) {
    if (good) return;
    throw InputError(where + " is no " + what +
                     " (it is no replay of this version, or was changed) make it again by predict");
  }
  static void read(nlohmann::json const& json, std::string const& where, std::string& value) {
    expect(json.is_string(), where, "text");
    value = json.get<std::string>();
  }
  static void read(nlohmann::json const& json, std::string const& where, double& value) {
    expect(json.is_number() || json.is_null(), where, "number");
    value = json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
  }
  static void read(nlohmann::json const& json, std::string const& where, std::int64_t& value) {
    bool const huge =
        json.is_number_unsigned() &&
        json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    expect(json.is_number_integer() && !huge, where, "whole number");
    value = json.get<std::int64_t>();
  }
  static void read(nlohmann::json const& json, std::string const& where, std::int32_t& value) {
    std::int64_t wide = 0;
    read(json, where, wide);
    expect(std::in_range<std::int32_t>(wide), where, "number of 32 bits");
    value = static_cast<std::int32_t>(wide);
  }
  static void read(nlohmann::json const& json, std::string const& where, TimeInterval& value) {
    whole(json, where, [&](Reader& from) { visit_interval(value, from); });
  }
  static void read(nlohmann::json const& json, std::string const& where, TimeRatio& value) {
    whole(json, where, [&](Reader& from) { visit_ratio(value, from); });
  }
  static void read(nlohmann::json const& json, std::string const& where, ReplayRow& value) {
    whole(json, where, [&](Reader& from) { visit_row(value, from); });
  }
  static void read(nlohmann::json const& json, std::string const& where, BreakEvenPoint& value) {
    whole(json, where, [&](Reader& from) { visit_point(value, from); });
  }
  static void read(nlohmann::json const& json, std::string const& where, BreakEvenRow& value) {
    whole(json, where, [&](Reader& from) { visit_break_even(value, from); });
    expect(!value.points.empty(), where + ".points", "list of points");
  }
  static void read(nlohmann::json const& json, std::string const& where, ReplayTimes& value) {
    whole(json, where, [&](Reader& from) {
      for (std::size_t part = 0; part < kReplayParts; ++part) {
        from(kReplayPartNames[part], value[part]);
      }
    });
  }
  template <class Item>
  static void read(nlohmann::json const& json, std::string const& where,
                   std::vector<Item>& values) {
    expect(json.is_array(), where, "list");
    for (std::size_t i = 0; i < json.size(); ++i) {
      read(json[i], where + "[" + std::to_string(i) + "]", values.emplace_back());
    }
  }
  static void whole(nlohmann::json const& json, std::string const& where, auto const& visit) {
    Reader reader(json, where);
    visit(reader);
    reader.close();
  }

  nlohmann::json const& object_;
  std::string where_;
  std::set<std::string> known_;
};

}  // namespace

std::string replay_json(Replay const& replay) {
  Writer writer;
  writer(kFormat, kVersion);
  visit_replay(replay, writer);
  return writer.object.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Replay read_replay(std::string const& path) {
  auto const json = parse_json(read_text_file(path, kMostBytes), path);
  Replay replay;
  Reader reader(json, path + ":");
  std::int64_t version = 0;
  reader(kFormat, version);
  if (version != kVersion) {
    throw InputError(path + ": a replay of version " + std::to_string(version) + " (" +
                     std::to_string(kVersion) + " is read) make it again by predict");
  }
  visit_replay(replay, reader);
  reader.close();
  return replay;
}

FileKind replay_kind() {
  return {.name = "a replay", .begins = {std::string("{\n \"") + kFormat + "\""}};
}

}  // namespace fluxscope::traces
