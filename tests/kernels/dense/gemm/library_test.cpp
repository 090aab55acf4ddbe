#include "kernels/dense/gemm/library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/dense/gemm/cublaslt.hpp"
#include "tests/profiler/fake_libraries.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::kernels {
namespace {

using profiler::FakeLibraries;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string const kName = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);

std::size_t fake_version = CUBLAS_VERSION;
std::size_t give_version() { return fake_version; }
void never_called() {}

/// A library with every symbol that the table asks for.
FakeLibraries whole_library() {
  FakeLibraries libraries;
#define FLUXSCOPE_ADD(name) libraries.add_symbol(kName, #name, &never_called);
  FLUXSCOPE_CUBLASLT_FUNCTIONS(FLUXSCOPE_ADD)
#undef FLUXSCOPE_ADD
  libraries.add_symbol(kName, "cublasLtGetVersion", &give_version);
  fake_version = CUBLAS_VERSION;
  return libraries;
}

TEST(FindCublasLt, AWholeLibraryFillsTheTable) {
  FakeLibraries libraries = whole_library();

  auto const found = find_cublaslt(libraries);

  ASSERT_TRUE(found.table.has_value()) << found.reason;
  EXPECT_EQ(found.version, static_cast<std::size_t>(CUBLAS_VERSION));
  EXPECT_EQ(reinterpret_cast<void*>(found.table->cublasLtMatmul),
            reinterpret_cast<void*>(&never_called));
}

TEST(FindCublasLt, AnAbsentLibraryIsNamedWithTheWayOut) {
  FakeLibraries libraries;
  EXPECT_THAT(find_cublaslt(libraries).reason,
              AllOf(HasSubstr("was not found"), HasSubstr("LD_LIBRARY_PATH")));
  EXPECT_THAT(testing::refusal([&] { CublasLt const library(libraries); }),
              AllOf(StartsWith("gemm: cuBLASLt was not found"), HasSubstr("install")));
}

TEST(FindCublasLt, AMissingFunctionIsNamed) {
  FakeLibraries libraries = whole_library();
  libraries.remove_symbol(kName, "cublasLtMatmulAlgoGetHeuristic");

  auto const found = find_cublaslt(libraries);

  EXPECT_FALSE(found.table.has_value());
  EXPECT_THAT(found.reason, HasSubstr("lacks cublasLtMatmulAlgoGetHeuristic"));
}

TEST(FindCublasLt, AnotherMajorVersionIsRefusedAndAnotherMinorIsNot) {
  FakeLibraries libraries = whole_library();
  for (std::size_t const version : {CUBLAS_VERSION - 10000, CUBLAS_VERSION + 10000}) {
    fake_version = version;
    EXPECT_THAT(find_cublaslt(libraries).reason, HasSubstr(std::to_string(version)));
  }
  fake_version = CUBLAS_VER_MAJOR * 10000;
  EXPECT_TRUE(find_cublaslt(libraries).table.has_value());
}

char const* give_name(cublasStatus_t) { return "CUBLAS_STATUS_NOT_INITIALIZED"; }

TEST(CublasLtCheck, AFailureNamesCallAndStatus) {
  CublasLtTable table;
  table.cublasLtGetStatusName = &give_name;
  EXPECT_NO_THROW(cublaslt_check(table, CUBLAS_STATUS_SUCCESS, "call"));
  try {
    cublaslt_check(table, CUBLAS_STATUS_NOT_INITIALIZED, "cublasLtCreate(&handle)");
    FAIL() << "accepted";
  } catch (CublasLtError const& error) {
    EXPECT_EQ(error.status(), CUBLAS_STATUS_NOT_INITIALIZED);
    EXPECT_STREQ(error.what(), "cublasLtCreate(&handle): CUBLAS_STATUS_NOT_INITIALIZED 1");
  }
}

}  // namespace
}  // namespace fluxscope::kernels
