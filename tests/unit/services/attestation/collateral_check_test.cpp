// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/collateral_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tee/made_quote.hpp"
#include "tests/support/tee/made_report.hpp"

namespace redoubt::services::attestation {
namespace {

using testing::HasSubstr;

const Time k_at = tee::parse_time("2026-01-01T00:00:00Z").value();

const tests::MadeAmd& amd() {
    static const auto k_made = tests::make_amd();
    return k_made;
}

const tests::MadeIntel& intel() {
    static const auto k_made = tests::make_intel();
    return k_made;
}

Collateral in_use() {
    Collateral made;
    made.amd = amd().authorities();
    made.snp_certificates = made.amd.intermediates;
    for (const auto& anchor : made.amd.anchors) made.snp_certificates.push_back(anchor.root);
    made.intel_anchors = intel().anchors();
    return made;
}

simtee::Validity between(const char* from, const char* until) {
    return {tee::parse_time(from).value(), tee::parse_time(until).value()};
}

tee::RevocationList list_of(const simtee::Identity& issuer, simtee::Validity validity,
                            const std::vector<long>& serials = {}) {
    return tee::RevocationList::parse(simtee::make_revocation_list(issuer, serials, validity).value())
        .value();
}

tee::tdx::SignedDocument tcb_info(simtee::Validity validity, unsigned number = 17) {
    auto made = simtee::make_tcb_info(intel().tcb_signer, validity).value();
    const std::string before = "\"tcbEvaluationDataNumber\":17";
    made.body.replace(made.body.find(before), before.size(),
                      "\"tcbEvaluationDataNumber\":" + std::to_string(number));
    made.signature = intel().tcb_signer.key.sign_ecdsa(crypto::HashAlgorithm::sha256, made.body).value();
    return {made.body, made.signature};
}

void expect_refused(const Status& status, Code code, const char* word) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, code) << status.error().message;
    EXPECT_THAT(status.error().message, HasSubstr(word));
}

TEST(CollateralCheck, TakesWhatLeadsToAnAnchorAndIsGoodNow) {
    tee::tdx::Collateral brought;
    brought.certificates = {amd().signer.certificate, amd().root.certificate, amd().vcek.certificate};
    brought.revocation_lists = {list_of(amd().root, between("2025-06-01", "2026-06-01"))};
    const auto checked = check_collateral(brought, Vendor::amd, in_use(), k_at);
    EXPECT_TRUE(checked) << checked.error().message;
    const auto intels = check_collateral(intel().collateral(), Vendor::intel, in_use(), k_at);
    EXPECT_FALSE(intels); // the list of the platform's authority comes with that authority
    auto whole = intel().collateral();
    whole.certificates.push_back(intel().authority.certificate);
    const auto again = check_collateral(whole, Vendor::intel, in_use(), k_at);
    EXPECT_TRUE(again) << again.error().message;
}

TEST(CollateralCheck, RefusesWhatSomebodyElseSigned) {
    const auto stranger = tests::make_amd();
    tee::tdx::Collateral brought;
    brought.revocation_lists = {list_of(stranger.root, between("2025-06-01", "2026-06-01"))};
    expect_refused(check_collateral(brought, Vendor::amd, in_use(), k_at), Code::permission_denied,
                   "nobody who is trusted signed it");
    brought.revocation_lists.clear();
    brought.certificates = {stranger.signer.certificate, stranger.root.certificate};
    expect_refused(check_collateral(brought, Vendor::amd, in_use(), k_at), Code::permission_denied, "");
    const auto other = tests::make_intel();
    auto documents = other.collateral();
    documents.revocation_lists.clear();
    documents.certificates = {other.tcb_signer.certificate};
    expect_refused(check_collateral(documents, Vendor::intel, in_use(), k_at), Code::permission_denied, "");
}

TEST(CollateralCheck, RefusesADocumentThatWasChanged) {
    auto brought = intel().collateral();
    brought.revocation_lists.clear();
    brought.tcb_info->body.replace(brought.tcb_info->body.find("UpToDate"), 8, "OutOfDat");
    expect_refused(check_collateral(brought, Vendor::intel, in_use(), k_at), Code::permission_denied,
                   "TCB info");
}

TEST(CollateralCheck, RefusesWhatIsOverAndWhatHasNotBegun) {
    tee::tdx::Collateral brought;
    brought.revocation_lists = {list_of(amd().root, between("2025-01-01", "2025-06-01"))};
    expect_refused(check_collateral(brought, Vendor::amd, in_use(), k_at), Code::failed_precondition,
                   "it ended at");
    brought.revocation_lists = {list_of(amd().root, between("2026-02-01", "2026-06-01"))};
    expect_refused(check_collateral(brought, Vendor::amd, in_use(), k_at), Code::failed_precondition,
                   "it is from");
    tee::tdx::Collateral documents;
    documents.certificates = {intel().tcb_signer.certificate};
    documents.tcb_info = tcb_info(between("2025-01-01", "2025-06-01"));
    expect_refused(check_collateral(documents, Vendor::intel, in_use(), k_at), Code::failed_precondition,
                   "it ended at");
}

TEST(CollateralCheck, LetsNothingOlderInTheirPlace) {
    auto used = in_use();
    used.snp_revocation_lists = {list_of(amd().root, between("2025-06-01", "2026-06-01"))};
    tee::tdx::Collateral brought;
    brought.revocation_lists = {list_of(amd().root, between("2025-05-01", "2026-06-01"))};
    expect_refused(check_collateral(brought, Vendor::amd, used, k_at), Code::failed_precondition,
                   "is in use");
    used.tdx.emplace_back();
    used.tdx.back().tcb_info = tcb_info(between("2025-06-01", "2026-06-01"), 18);
    tee::tdx::Collateral documents;
    documents.certificates = {intel().tcb_signer.certificate};
    documents.tcb_info = tcb_info(between("2025-07-01", "2026-07-01"), 17);
    expect_refused(check_collateral(documents, Vendor::intel, used, k_at), Code::failed_precondition,
                   "tcbEvaluationDataNumber is 17, where one of 18 is in use");
    documents.tcb_info = tcb_info(between("2025-05-01", "2026-07-01"), 18);
    expect_refused(check_collateral(documents, Vendor::intel, used, k_at), Code::failed_precondition,
                   "is in use");
    documents.tcb_info = tcb_info(between("2025-05-01", "2026-07-01"), 19);
    EXPECT_TRUE(check_collateral(documents, Vendor::intel, used, k_at));
}

TEST(CollateralCheck, RefusesASignerThatItsAuthorityRevoked) {
    auto used = in_use();
    used.tdx.emplace_back();
    used.tdx.back().revocation_lists = {list_of(intel().root, between("2025-06-01", "2025-07-01"), {3})};
    tee::tdx::Collateral documents;
    documents.certificates = {intel().tcb_signer.certificate};
    documents.tcb_info = tcb_info(between("2025-07-01", "2026-07-01"));
    expect_refused(check_collateral(documents, Vendor::intel, used, k_at), Code::permission_denied,
                   "revoked");
}

TEST(CollateralCheck, TakesAVcekForItsOwnChipAndTcbAlone) {
    auto used = in_use();
    used.snp_revocation_lists = {list_of(amd().root, between("2025-06-01", "2026-06-01"))};
    Chip chip{tee::sev_snp::Product::milan, std::string(64, 'S'), {}};
    chip.tcb.bootloader = 4;
    chip.tcb.snp = 24;
    chip.tcb.microcode = 219;
    const auto checked = check_vcek(amd().vcek.certificate, chip, used, k_at);
    EXPECT_TRUE(checked) << checked.error().message;
    std::string hwid;
    for (int i = 0; i < 64; ++i) hwid += "53";
    EXPECT_EQ(key_of(chip), "milan-" + hwid + "-040018db");
    expect_refused(check_vcek(tests::make_amd().vcek.certificate, chip, used, k_at), Code::permission_denied,
                   "VCEK");
    expect_refused(check_vcek(amd().signer.certificate, chip, used, k_at), Code::permission_denied, "VCEK");
    chip.tcb.microcode = 220;
    expect_refused(check_vcek(amd().vcek.certificate, chip, used, k_at), Code::permission_denied,
                   "another chip or firmware");
    chip.tcb.microcode = 219;
    used.snp_revocation_lists.clear();
    expect_refused(check_vcek(amd().vcek.certificate, chip, used, k_at), Code::permission_denied,
                   "revocation");
}

} // namespace
} // namespace redoubt::services::attestation
