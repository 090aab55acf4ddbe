// Prints the generated part of docs/trace_format.md.

#include <iostream>

#include "tests/traces/schema/markdown.hpp"

int main() { std::cout << fluxscope::testing::schema_markdown(); }
