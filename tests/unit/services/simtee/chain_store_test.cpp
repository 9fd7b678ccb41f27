// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/chain_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <format>

#include "common/tee/cli/inputs.hpp"
#include "common/tee/cli/tdx_collateral.hpp"
#include "common/tee/sev_snp/verifier.hpp"
#include "common/tee/tdx/verifier.hpp"

namespace redoubt::services::simtee {
namespace {

namespace fs = std::filesystem;

/// One chain for all tests: its keys take seconds.
class ChainStore : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        const auto made = make_chains(folder(), now());
        ASSERT_TRUE(made) << made.error().message;
    }
    static void TearDownTestSuite() { fs::remove_all(folder()); }
    static fs::path folder() {
        return fs::temp_directory_path() / std::format("redoubt-chain-store-{}", ::getpid());
    }
    static tee::Time now() { return *tee::parse_time("2026-06-01"); }
    static std::vector<tee::TrustAnchor> anchors() {
        return tee::cli::load_anchors({folder() / "public" / "anchors.pem"}).value();
    }
};

TEST_F(ChainStore, KeysAreTheOwnersAlone) {
    for (const auto& entry : fs::directory_iterator(folder() / "private")) {
        struct stat found{};
        ASSERT_EQ(::stat(entry.path().c_str(), &found), 0);
        EXPECT_EQ(found.st_mode & 0777U, 0600U) << entry.path();
    }
    EXPECT_EQ(fs::status(folder() / "private").permissions(), fs::perms::owner_all);
    for (const auto& entry : fs::recursive_directory_iterator(folder() / "public"))
        EXPECT_NE(entry.path().extension(), ".key") << entry.path();
    EXPECT_FALSE(fs::exists(folder() / "unfinished"));
}

TEST_F(ChainStore, EveryCertificateSaysThatItIsASimulation) {
    for (const auto* part : {"snp", "tdx/simulation"}) {
        const auto pool = tee::cli::load_pool({folder() / "public" / part}).value();
        EXPECT_GE(pool.certificates.size(), 3U);
        for (const auto& certificate : pool.certificates) {
            EXPECT_EQ(certificate.organisation(), tee::k_simulation_mark);
            EXPECT_TRUE(certificate.extension(k_simulation_oid).value()) << certificate.subject();
        }
    }
    ASSERT_EQ(anchors().size(), 2U);
    for (const auto& anchor : anchors()) EXPECT_EQ(anchor.anchor_class, tee::AnchorClass::simulation);
}

TEST_F(ChainStore, ReportsOfItsChipPassTheOneVerifierThereIs) {
    const auto parts = load_amd_parts(folder());
    ASSERT_TRUE(parts) << parts.error().message;
    const auto chip = tee::sev_snp::parse_endorsement(parts->vcek.certificate)->hwid;
    EXPECT_TRUE(chip.starts_with("SIM"));
    const auto report = sign_report(render_report({.chip_id = chip,
                                                   .vmpl = 0,
                                                   .report_data = std::string(64, 'd'),
                                                   .measurement = std::string(48, 'm'),
                                                   .host_data = std::string(32, 'h'),
                                                   .report_id = std::string(32, 'i')}),
                                    parts->vcek.key);
    const auto pool = tee::cli::load_pool({folder() / "public" / "snp"}).value();
    tee::sev_snp::Policy policy;
    policy.allows_simulation = true;
    const auto verdict = tee::sev_snp::verify_report(*report, {pool.certificates, pool.revocation_lists},
                                                     {anchors(), {}}, policy, now());
    ASSERT_TRUE(verdict.verified);
    EXPECT_EQ(verdict.verified->report().host_data, std::string(32, 'h'));
    // A policy that does not say so is not satisfied.
    EXPECT_FALSE(tee::sev_snp::verify_report(*report, {pool.certificates, pool.revocation_lists},
                                             {anchors(), {}}, {}, now())
                     .verified);
}

TEST_F(ChainStore, QuotesOfItsPlatformPassTheOneVerifierThereIs) {
    const auto parts = load_intel_parts(folder());
    ASSERT_TRUE(parts) << parts.error().message;
    std::string chain;
    for (const auto* certificate : {&parts->pck.certificate, &parts->authority, &parts->root})
        chain += pem_of(*certificate).value();
    const auto quote =
        make_quote({.pck = &parts->pck.key, .pck_chain = chain, .attestation_key = &parts->attestation_key},
                   render_td_report({.mr_td = std::string(48, 't'),
                                     .mr_config_id = std::string(48, 'c'),
                                     .rtmr = {"", "1", "2", ""},
                                     .report_data = std::string(64, 'd')}));
    ASSERT_TRUE(quote) << quote.error().message;
    tee::cli::EvidenceOptions options;
    options.collateral = folder() / "public" / "tdx" / "simulation";
    const auto collateral = tee::cli::load_collateral(options);
    ASSERT_TRUE(collateral) << collateral.error().message;
    tee::tdx::Policy policy;
    policy.allows_simulation = true;
    const auto verdict = tee::tdx::verify_quote(*quote, *collateral, anchors(), policy, now());
    for (const auto* claim : verdict.explanation.failures())
        ADD_FAILURE() << claim->name << ' ' << claim->got;
    ASSERT_TRUE(verdict.verified);
    EXPECT_EQ(verdict.verified->quote().td->mr_config_id, std::string(48, 'c'));
    EXPECT_EQ(verdict.verified->tcb().overall, tee::tdx::TcbStatus::up_to_date);
}

TEST_F(ChainStore, AChainIsNeverReplaced) {
    const auto again = make_chains(folder(), now());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::already_exists);
}

TEST_F(ChainStore, AKeyThatOthersMayReadIsNotUsed) {
    const auto key = folder() / "private" / "vcek.key";
    ASSERT_EQ(::chmod(key.c_str(), 0640), 0);
    const auto parts = load_amd_parts(folder());
    ASSERT_EQ(::chmod(key.c_str(), 0600), 0);
    ASSERT_FALSE(parts);
    EXPECT_EQ(parts.error().code, Code::permission_denied);
}

} // namespace
} // namespace redoubt::services::simtee
