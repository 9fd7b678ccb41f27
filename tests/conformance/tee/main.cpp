// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstdlib>
#include <iostream>

#include "tests/conformance/tee/suite.hpp"

namespace {

using redoubt::tests::Suite;

struct Part {
    const char* folder;
    void (*run)(Suite&);
    void (*run_negatives)(Suite&);
};

} // namespace

int main(int argc, char** argv) {
    using namespace redoubt::tests;
    const char* shared = std::getenv("REDOUBT_SHARED");
    const std::filesystem::path root =
        std::filesystem::path(shared == nullptr ? "../shared" : shared) / "conformance/tee";
    if (!std::filesystem::exists(root)) {
        std::cout << "skipped: there is no conformance data at " << root.string() << '\n';
        return 77;
    }
    const bool is_verbose = argc > 1 && std::string_view(argv[1]) == "-v";
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    for (const auto& [folder, run, run_negatives] :
         {Part{"snp", run_snp, run_snp_negatives}, Part{"tdx", run_tdx, run_tdx_negatives},
          Part{"tpm", run_tpm, run_tpm_negatives}, Part{"measure", run_measure, nullptr}}) {
        Suite suite(root / folder, is_verbose);
        run(suite);
        if (run_negatives != nullptr) run_negatives(suite);
        passed += suite.passed;
        failed += suite.failed;
        skipped += suite.skipped;
    }
    std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped\n";
    return failed == 0 && passed > 0 ? 0 : 1;
}
