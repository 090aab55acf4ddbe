#include "traces/export/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/text/escape.hpp"
#include "traces/schema/schema.hpp"

namespace fluxscope::traces {
namespace {

template <class Record>
void append_field(std::string& line, Column<Record> const& column, Record const& record) {
  std::visit(
      [&]<class Field>(Field Record::*member) {
        Field const& value = record.*member;
        if constexpr (std::is_same_v<Field, std::string>) {
          line += csv_cell(value);
        } else if constexpr (std::is_same_v<Field, bool>) {
          line += value ? '1' : '0';
        } else if constexpr (std::is_floating_point_v<Field>) {
          if (!std::isnan(value)) fmt::format_to(std::back_inserter(line), "{}", value);
        } else {
          bool const missing =
              (column.rule == Rule::time_or_missing && std::cmp_equal(value, kMissingNs)) ||
              (may_be_no_row(column.rule) && std::cmp_equal(value, kNoRow));
          if (!missing) fmt::format_to(std::back_inserter(line), "{}", value);
        }
      },
      column.member);
}

// "/clock/sm" -> "clock_sm.csv"
std::string file_name(std::string_view group) {
  std::string name(group.substr(1));
  std::replace(name.begin(), name.end(), '/', '_');
  return name + ".csv";
}

constexpr char kUnits[] = "# units: ";  // every file begins so
constexpr char kAttributes[] = "attributes.csv";

class CsvFile {
 public:
  explicit CsvFile(OutputFile output) : output_(std::move(output)) {}

  void put(std::string& line) {
    line += '\n';
    output_.write(line);
    line.clear();
  }
  void close() { output_.commit(); }

 private:
  OutputFile output_;
};

template <class Record>
void write_table(Table<Record> const& table, std::vector<Record> const& records,
                 OutputFolder& folder) {
  CsvFile file(folder.file(file_name(table.group)));
  std::string line = kUnits;
  std::string names;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    line += fmt::format("{}{}", i == 0 ? "" : ",", table.columns[i].units);
    names += fmt::format("{}{}", i == 0 ? "" : ",", table.columns[i].name);
  }
  file.put(line);
  file.put(names);
  for (Record const& record : records) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (i > 0) line += ',';
      append_field(line, table.columns[i], record);
    }
    file.put(line);
  }
  file.close();
}

void write_attributes(Trace const& trace, OutputFolder& folder) {
  CsvFile file(folder.file(kAttributes));
  std::string line = std::string(kUnits) + "text,text,text,text";
  file.put(line);
  line = "group,name,value,units";
  file.put(line);
  line = fmt::format("/,schema_version,{},text", kSchemaVersion);
  file.put(line);
  line = fmt::format("/,complete,{},1", trace.complete ? 1 : 0);
  file.put(line);
  for_each_attribute_group([&](auto const& group) {
    for (auto const& column : group.columns) {
      line = fmt::format("{},{},", group.group, column.name);
      append_field(line, column, trace.*group.info);
      line += fmt::format(",{}", column.units);
      file.put(line);
    }
  });
  file.close();
}

}  // namespace

FolderRules csv_rules() {
  FolderRules rules{.files = {kAttributes},
                    .kind = {.name = "of a CSV export of this program", .begins = {kUnits}}};
  for_each_table([&](auto const& table) { rules.files.push_back(file_name(table.group)); });
  return rules;
}

void export_csv(Trace const& trace, OutputFolder& folder) {
  write_attributes(trace, folder);
  for_each_table([&]<class Record>(Table<Record> const& table) {
    write_table(table, rows_of<Record>(trace), folder);
  });
  folder.commit();
}

void export_csv(Trace const& trace, std::string const& directory) {
  OutputFolder folder(directory, csv_rules());
  export_csv(trace, folder);
}

}  // namespace fluxscope::traces
