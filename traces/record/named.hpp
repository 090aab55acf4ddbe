#pragma once

namespace fluxscope::traces {

/// The name under which the rows of a table stand, e.g. `cases`; specialised beside each record.
/// Rows<Record> holds them: a vector in a Trace, a span in a batch (traces/record/trace.hpp).
template <class Record, template <class> class Rows>
struct Named;

}  // namespace fluxscope::traces
