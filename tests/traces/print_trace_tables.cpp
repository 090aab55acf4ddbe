// Prints the generated part of docs/trace_format.md.

#include <iostream>

#include "schema_markdown.hpp"

int main() { std::cout << fluxscope::testing::schema_markdown(); }
