// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/collateral_import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "services/attestation/vcek_store.hpp"
#include "tests/support/tee/made_quote.hpp"
#include "tests/support/tee/made_report.hpp"

namespace redoubt::services::attestation {
namespace {

namespace fs = std::filesystem;

const Time k_at = tee::parse_time("2026-01-01T00:00:00Z").value();

class CollateralImportTest : public testing::Test {
  protected:
    CollateralImportTest() {
        auto pattern = (fs::temp_directory_path() / "collateral-XXXXXX").native();
        folder_ = ::mkdtemp(pattern.data());
        in_use_.intel_anchors = intel_.anchors();
    }
    ~CollateralImportTest() override { fs::remove_all(folder_); }

    CollateralImport tcb_info(const std::string& name, const char* from) {
        const simtee::Validity validity{tee::parse_time(from).value(), tee::parse_time("2027-01-01").value()};
        const auto made = simtee::make_tcb_info(intel_.tcb_signer, validity).value();
        const auto text =
            R"({"tcbInfo":)" + made.body + R"(,"signature":")" + encoding::to_hex(made.signature) + "\"}";
        return {"tdx/gnr",
                {{name, text},
                 {"chain.pem", simtee::pem_of(intel_.tcb_signer.certificate).value() +
                                   simtee::pem_of(intel_.root.certificate).value()}},
                {Source::fetched, "https://pcs.test/tcb", std::nullopt}};
    }
    /// Puts it into use and reads the folder again.
    Status import(const CollateralImport& what) {
        auto staged = StagedCollateral::make(folder_, what, in_use_, k_at);
        if (!staged) return std::unexpected(staged.error());
        RDT_CHECK(staged->put_into_use());
        RDT_TRY(auto loaded, load_collateral(folder_));
        loaded.intel_anchors = intel_.anchors();
        in_use_ = std::move(loaded);
        return {};
    }

    fs::path folder_;
    tests::MadeIntel intel_ = tests::make_intel();
    Collateral in_use_;
};

TEST_F(CollateralImportTest, RemembersWhereAStatementCameFrom) {
    const auto done = import(tcb_info("tcbinfo_response.json", "2025-06-01"));
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(in_use_.tdx.size(), 1U);
    const auto& origin = in_use_.origins.at(digest_of(*in_use_.tdx.front().tcb_info));
    EXPECT_EQ(origin.source, Source::fetched);
    EXPECT_EQ(origin.from, "https://pcs.test/tcb");
    EXPECT_EQ(origin.came, k_at);
    for (const auto& entry : fs::directory_iterator(folder_))
        EXPECT_FALSE(entry.path().filename().native().starts_with('.')) << entry.path();
}

TEST_F(CollateralImportTest, ReplacesADocumentWhateverItsFileWasCalled) {
    ASSERT_TRUE(import(tcb_info("tcbInfo.json", "2025-06-01")));
    ASSERT_TRUE(import(tcb_info("tcbinfo_response.json", "2025-07-01")));
    EXPECT_FALSE(fs::exists(folder_ / "tdx" / "gnr" / "tcbInfo.json"));
    EXPECT_TRUE(in_use_.tdx.front().tcb_info->body.contains("2025-07-01"));
    const auto older = import(tcb_info("tcb_info_response.json", "2025-06-01"));
    ASSERT_FALSE(older);
    EXPECT_THAT(older.error().message, testing::HasSubstr("is in use"));
    EXPECT_TRUE(in_use_.tdx.front().tcb_info->body.contains("2025-07-01"));
}

TEST_F(CollateralImportTest, TakesNoSignatureWithoutWhatItIsOf) {
    ASSERT_TRUE(import(tcb_info("tcbInfo.json", "2025-06-01")));
    const auto half = import({"tdx/gnr", {{"tcb_info.sig.hex", std::string(128, 'a')}}, {}});
    ASSERT_FALSE(half);
    EXPECT_THAT(half.error().message, testing::HasSubstr("is missing"));
    EXPECT_TRUE(fs::exists(folder_ / "tdx" / "gnr" / "tcbInfo.json"));
}

TEST_F(CollateralImportTest, KeepsVceksByTheirChipAndForgetsFilesThatAreNone) {
    const auto amd = tests::make_amd();
    const auto key = key_of(tee::sev_snp::parse_endorsement(amd.vcek.certificate).value()).value();
    const auto place = folder_ / k_vcek_folder;
    ASSERT_TRUE(keep_vcek(place, key, amd.vcek.certificate, {Source::fetched, "https://kds.test/v", k_at}));
    ASSERT_TRUE(write_file(place / "milan-00-00.der", amd.vcek.certificate.der())); // of another name
    ASSERT_TRUE(write_file(place / "x.der", "nonsense"));
    Collateral loaded;
    ASSERT_TRUE(load_vceks(place, loaded));
    ASSERT_EQ(loaded.vceks.size(), 1U);
    EXPECT_EQ(loaded.vceks.begin()->first, key);
    EXPECT_EQ(loaded.origins.begin()->second.from, "https://kds.test/v");
}

} // namespace
} // namespace redoubt::services::attestation
