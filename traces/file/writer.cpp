#include "traces/file/writer.hpp"

#include <memory>
#include <tuple>
#include <type_traits>

#include "base/error.hpp"
#include "base/hdf5/library_version.hpp"
#include "traces/file/table_writer.hpp"

namespace fluxscope::traces {
namespace {

template <class List>
struct WritersOf;
template <class... Record>
struct WritersOf<TypeList<Record...>> {
  using Tuple = std::tuple<TableWriter<Record>...>;
};
using Writers = WritersOf<Records>::Tuple;

constexpr std::size_t kStringChunk = 1024;
constexpr std::size_t kBlobChunk = 8192;

template <class Info>
void write_attributes(hdf5::FileWriter& file, Info const& info) {
  AttributeGroup<Info> const& group = attributes<Info>();
  if (auto const problem = find_violation(group, info)) throw ContractError("trace: " + *problem);
  for (Column<Info> const& column : group.columns) {
    std::visit(
        [&]<class Field>(Field Info::*member) {
          using Stored = std::conditional_t<std::is_same_v<Field, bool>, std::uint8_t, Field>;
          file.set_attribute(std::string(group.group).c_str(), std::string(column.name).c_str(),
                             static_cast<Stored>(info.*member));
        },
        column.member);
  }
}

// The root's own attributes, beside those of RunInfo.
void write_root(hdf5::FileWriter& file, RunInfo const& run) {
  file.set_attribute("/", "schema", std::string(kSchemaName));
  file.set_attribute("/", "schema_version", std::string(kSchemaVersion));
  file.set_attribute("/", "complete", std::uint8_t{0});
  file.set_attribute("/", "creator", std::string("fluxscope"));
  file.set_attribute("/", "hdf5_version", hdf5::library_version());
  write_attributes(file, run);
}

}  // namespace

FileKind trace_kind() {
  return {.name = "a trace", .begins = {kHdf5Signature}, .holds = std::string(kSchemaName)};
}

struct TraceWriter::Impl {
  OutputFile output;  // outlives the file
  std::int32_t sm_count;
  bool open = true;  // false after finish() and after a failure in the middle of an append
  StringTable strings;
  std::size_t strings_written = 0;
  std::uint64_t blob_bytes = 0;
  std::vector<std::byte> buffer;
  hdf5::FileWriter file;  // outlives the columns
  std::unique_ptr<hdf5::ColumnWriter> offsets;
  std::unique_ptr<hdf5::ColumnWriter> blob;
  std::unique_ptr<Writers> writers;

  Impl(OutputFile into, RunInfo const& run, DeviceInfo const& device)
      : output(std::move(into)), sm_count(device.sm_count), file(output) {
    write_root(file, run);
    for (char const* group : {"/strings", "/device", "/clock"}) file.create_group(group);
    write_attributes(file, device);
    write_attributes(file, ClockInfo{});
    offsets = std::make_unique<hdf5::ColumnWriter>(create_column(
        file, "/strings/offset", hdf5::Type::u64, kStringChunk, "byte", "begin of text i",
        "text i is blob[offset[i] : offset[i + 1]]; text 0 is empty", std::string("none")));
    blob = std::make_unique<hdf5::ColumnWriter>(
        create_column(file, "/strings/blob", hdf5::Type::u8, kBlobChunk, "byte", "texts",
                      "UTF-8, one behind the other", std::string("none")));
    writers = std::make_unique<Writers>(make_writers(Records{}));
    std::uint64_t const first = 0;
    offsets->append(&first, 1);
  }

  template <class... Record>
  Writers make_writers(TypeList<Record...>) {
    return Writers{TableWriter<Record>(file)...};
  }

  template <class Record>
  TableWriter<Record>& of() {
    return std::get<TableWriter<Record>>(*writers);
  }

  Bounds bounds(std::size_t new_launches = 0, std::size_t new_steps = 0) {
    return {.cases = of<CaseRecord>().rows(),
            .launches = of<LaunchRecord>().rows() + new_launches,
            .rows = of<RowRecord>().rows(),
            .steps = of<StepRecord>().rows() + new_steps,
            .sm_count = sm_count};
  }

  /// Throws ContractError where a row breaks a rule.
  template <class List>
  void check(Tables<List, Viewed> const& rows, Bounds const& limits) {
    for_each_type(List{}, [&]<class Record>() {
      of<Record>().check(rows_of<Record>(rows), limits, of<Record>().rows());
    });
  }

  template <class List>
  void append(Tables<List, Viewed> const& rows) {
    for_each_type(List{}, [&]<class Record>() {
      of<Record>().append(rows_of<Record>(rows), strings, buffer);
    });
  }

  void append_strings() {
    std::string bytes;
    std::vector<std::uint64_t> ends;
    for (; strings_written < strings.size(); ++strings_written) {
      bytes += strings.text(strings_written);
      ends.push_back(blob_bytes + bytes.size());
    }
    blob->append(bytes.data(), bytes.size());
    offsets->append(ends.data(), ends.size());
    blob_bytes += bytes.size();
  }

  void commit() {
    append_strings();
    file.commit();
  }
};

TraceWriter::TraceWriter(OutputFile output, RunInfo const& run, DeviceInfo const& device,
                         Tables<OpeningRecords, Viewed> const& opening)
    : impl_(std::make_unique<Impl>(std::move(output), run, device)) {
  impl_->check(opening, {.cases = opening.cases.size(),
                         .launches = 0,
                         .rows = opening.rows.size(),
                         .sm_count = device.sm_count});
  if (auto const problem = find_name_violation(opening.cases)) {
    throw ContractError("trace table /cases: " + *problem);
  }
  impl_->append(opening);
  impl_->commit();
  impl_->output.keep_unfinished();
}

TraceWriter::TraceWriter(std::string const& path, RunInfo const& run, DeviceInfo const& device,
                         Tables<OpeningRecords, Viewed> const& opening)
    : TraceWriter(OutputFile(path, {.kinds = {trace_kind()}}), run, device, opening) {}

TraceWriter::~TraceWriter() = default;
TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter& TraceWriter::operator=(TraceWriter&&) noexcept = default;

void TraceWriter::append(TraceBatch const& batch) {
  expects(impl_ != nullptr && impl_->open, "append() comes before finish() and after no failure");
  // All or nothing: every table is checked before the first is touched.
  impl_->check(batch, impl_->bounds(batch.launches.size(), batch.steps.size()));
  impl_->open = false;
  impl_->append(batch);
  impl_->commit();
  impl_->open = true;
}

void TraceWriter::finish(std::span<CaseRecord const> cases, ClockInfo const& clock,
                         Tables<ClosingRecords, Viewed> const& closing) {
  expects(impl_ != nullptr && impl_->open, "finish() is called once and after no failure");
  Bounds const bounds = impl_->bounds();
  expects(cases.size() == bounds.cases, "finish() gets the cases of the constructor");
  impl_->of<CaseRecord>().check(cases, bounds, 0);
  impl_->check(closing, bounds);

  impl_->open = false;
  impl_->of<CaseRecord>().rewrite(cases, impl_->strings, impl_->buffer);
  write_attributes(impl_->file, clock);
  impl_->append(closing);
  impl_->append_strings();
  impl_->file.set_attribute("/", "complete", std::uint8_t{1});
  impl_->writers.reset();
  impl_->offsets.reset();
  impl_->blob.reset();
  impl_->file.close();

  impl_->output.commit();
  impl_.reset();
}

void write_trace(OutputFile output, Trace const& trace) {
  TraceWriter writer(std::move(output), trace.run, trace.device, view<OpeningRecords>(trace));
  writer.append(view<RunningRecords>(trace));
  writer.finish(trace.cases, trace.clock, view<ClosingRecords>(trace));
}

void write_trace(std::string const& path, Trace const& trace) {
  write_trace(OutputFile(path, {.kinds = {trace_kind()}}), trace);
}

}  // namespace fluxscope::traces
