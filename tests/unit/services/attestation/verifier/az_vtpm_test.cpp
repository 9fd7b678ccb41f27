// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "services/attestation/appraisal.hpp"
#include "services/attestation/default_policy.hpp"
#include "services/attestation/release_rule.hpp"
#include "services/attestation/verifier/tpm_quote.hpp"
#include "services/attestation/verifier/verifier.hpp"
#include "tests/support/tee/made_azure.hpp"
#include "tests/support/tee/made_quote.hpp"
#include "tests/support/tee/made_report.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;
using encoding::to_hex;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Time k_at = tee::parse_time("2026-01-01T00:00:00Z").value();
const std::string k_challenge(48, 'c');
const std::string k_init_data(32, 'i');

std::string sha256(std::string_view bytes) {
    return tee::hash_of(tee::Hash::sha256, {bytes}).value();
}

std::vector<tee::TrustAnchor> production(std::vector<tee::TrustAnchor> anchors) {
    for (auto& anchor : anchors) anchor.anchor_class = tee::AnchorClass::production;
    return anchors;
}

const crypto::PrivateKey& attestation_key() {
    static const auto k_key = crypto::PrivateKey::generate_rsa(2048).value();
    return k_key;
}

/// What a guest sends, in pieces that a test may change before they are put together.
class AzVtpm : public testing::Test {
  protected:
    AzVtpm() { pcrs.at(8) = init_data_pcr(k_init_data).value(); }

    [[nodiscard]] bj::object quote_json() const {
        const auto quote = tests::make_tpm_quote(*signer, nonce, pcrs, selected);
        bj::array values;
        for (const auto& value : sent_pcrs ? *sent_pcrs : pcrs) values.emplace_back(to_hex(value));
        return {{"message", to_hex(quote.message)},
                {"signature", to_hex(quote.signature)},
                {"pcrs", std::move(values)}};
    }
    /// What both kinds send; base64 is padded, as guests send it.
    [[nodiscard]] bj::object evidence(std::string_view hardware_report) const {
        const auto report = tests::make_hcl_report({type, hash, std::string(hardware_report), sent_runtime});
        auto padded = encoding::to_base64(report, encoding::Base64::url);
        padded.resize((padded.size() + 3) / 4 * 4, '=');
        return {{"version", version}, {"tpm_quote", quote_json()}, {"hcl_report", padded}};
    }
    Result<Outcome> judge(Verifier verify, const bj::object& sent) {
        const auto document = json::parse("evidence", bj::serialize(sent)).value();
        return verify(document.root(), collateral, expected);
    }
    /// Names of the claims that failed.
    static std::vector<std::string> failures(const Result<Outcome>& outcome) {
        std::vector<std::string> names;
        if (!outcome) return {"error: " + outcome.error().message};
        for (const auto* claim : outcome->explanation.failures()) names.push_back(claim->name);
        EXPECT_EQ(names.empty(), outcome->claims.has_value());
        return names;
    }

    std::int64_t version = 2;
    std::uint32_t type = tests::k_hcl_tdx;
    std::uint32_t hash = 1;
    std::string runtime_data = tests::make_runtime_data(attestation_key(), k_challenge);
    std::string sent_runtime = runtime_data;
    std::string nonce = k_challenge;
    const crypto::PrivateKey* signer = &attestation_key();
    tests::PcrBank pcrs = tests::make_pcrs();
    std::optional<tests::PcrBank> sent_pcrs; ///< when they are not what was quoted
    std::uint32_t selected = 0xFFFFFF;
    Collateral collateral;
    Expectations expected{.report_data = k_challenge, .init_data = k_init_data, .at = k_at};
};

class AzTdxVtpm : public AzVtpm {
  protected:
    static const tests::MadeIntel& intel() {
        static const auto k_intel = tests::make_intel();
        return k_intel;
    }
    AzTdxVtpm() {
        collateral.tdx = {intel().collateral()};
        collateral.intel_anchors = production(intel().anchors());
    }
    /// The TD's report, bound to the runtime data.
    [[nodiscard]] std::string body() const {
        auto made = tests::make_td_body();
        return made.replace(520, 64, sha256(runtime_data) + std::string(32, '\0'));
    }
    [[nodiscard]] bj::object sent() const {
        auto made = evidence(tests::make_local_report(local_body.value_or(quoted_body.value_or(body()))));
        const auto key = tests::Key::ec("P-256");
        auto quote = tests::make_quote(intel(), quoted_body.value_or(body()), key, key);
        if (breaks_quote) quote[48 + 100] ^= 1;
        made["td_quote"] = encoding::to_base64(quote, encoding::Base64::url);
        return made;
    }
    std::vector<std::string> failures_of(const bj::object& made) {
        return failures(judge(&verify_az_tdx_vtpm, made));
    }

    std::optional<std::string> quoted_body; ///< of the quote; of the report inside as well unless named
    std::optional<std::string> local_body;
    bool breaks_quote = false;
};

TEST_F(AzTdxVtpm, IsBelievedWhenTheTdNamesTheKeyThatQuotesTheChallenge) {
    const auto outcome = judge(&verify_az_tdx_vtpm, sent());
    ASSERT_THAT(failures(outcome), IsEmpty());
    const auto& claims = *outcome->claims;
    EXPECT_EQ(claims.tee, "az-tdx-vtpm");
    EXPECT_EQ(claims.launch, (std::map<std::string, std::string>{{"mr_td", to_hex(std::string(48, 'T'))},
                                                                 {"tdx_pcr11", to_hex(pcrs.at(11))}}));
    EXPECT_EQ(claims.init_data, to_hex(k_init_data));
    EXPECT_EQ(claims.report_data, to_hex(k_challenge));
    EXPECT_EQ(claims.anchor_class, tee::AnchorClass::production);
    EXPECT_FALSE(claims.is_debug);
    EXPECT_EQ(claims.pcrs.size(), 24U);
    // Names of Confidential Containers' verifier.
    EXPECT_EQ(claims.values.at("tpm").at("pcr07"), bj::value(to_hex(pcrs.at(7))));
    EXPECT_EQ(claims.values.at("tpm").at("init_data"), bj::value(to_hex(pcrs.at(8))));
    EXPECT_EQ(claims.values.at("quote").at("header").at("tee_type"), "81000000");
    EXPECT_EQ(claims.values.at("quote").at("body").at("mr_td"), bj::value(to_hex(std::string(48, 'T'))));
    EXPECT_EQ(claims.values.at("td_attributes").at("debug"), false);
    EXPECT_EQ(claims.values.at("tcb_status"), "UpToDate");
}

TEST_F(AzTdxVtpm, IsAppraisedAsATdAndReleasedToByItsParavisorAndItsKernel) {
    const auto outcome = judge(&verify_az_tdx_vtpm, sent());
    ASSERT_THAT(failures(outcome), IsEmpty());
    const auto& claims = *outcome->claims;
    const auto end = k_at + std::chrono::hours(1);
    ReferenceValues values;
    for (const auto& [name, value] : claims.launch) values.add({name, bj::array{value}, end, "test"});
    values.add({"init_data", bj::array{claims.init_data}, end, "test"});
    values.add({"xfam", bj::array{claims.values.at("quote").at("body").at("xfam")}, end, "test"});
    const auto appraiser = Appraiser::compile(default_cpu_policy()).value();
    const bj::object input{{"az-tdx-vtpm", claims.values}, {"init_data", claims.init_data}};
    EXPECT_EQ(appraiser.appraise(input, values, k_at)->status, "affirming");
    const auto facts = release_facts(claims, "sha256:00");
    EXPECT_THAT(release_faults(facts, values, {}, k_at), IsEmpty());
    // A register that the owner lists counts; so does a kernel that he does not.
    values.add({"tpm_pcr4", bj::array{std::string(64, '0')}, end, "test"});
    EXPECT_THAT(release_faults(facts, values, {}, k_at), ElementsAre(HasSubstr("tpm_pcr4")));
    values.add({"tdx_pcr11", bj::array{std::string(64, '0')}, end, "test"});
    EXPECT_THAT(release_faults(facts, values, {}, k_at), Contains(HasSubstr("tdx_pcr11")));
    EXPECT_EQ(appraiser.appraise(input, values, k_at)->vector.at("executables"), 33);
}

TEST_F(AzTdxVtpm, IsRefusedForAnotherChallenge) {
    nonce = std::string(48, 'd');
    EXPECT_THAT(failures_of(sent()), ElementsAre("policy.nonce"));
    nonce = k_challenge.substr(0, 32);
    EXPECT_THAT(failures_of(sent()), ElementsAre("policy.nonce"));
    nonce = k_challenge;
    expected.report_data = std::string(48, 'd');
    EXPECT_THAT(failures_of(sent()), ElementsAre("hcl.user_data", "policy.nonce"));
    expected.report_data.clear();
    EXPECT_THAT(failures_of(sent()), Contains("hcl.user_data"));
}

TEST_F(AzTdxVtpm, IsRefusedWhenTheProcessorsReportIsOfAnotherHandshake) {
    for (const auto& user_data :
         {std::string(48, 'd'), std::string(64, '\0'), std::string(), std::string(47, 'c')}) {
        sent_runtime = runtime_data = tests::make_runtime_data(attestation_key(), user_data);
        EXPECT_THAT(failures_of(sent()), ElementsAre("hcl.user_data")) << user_data.size();
    }
    sent_runtime = runtime_data =
        tests::make_runtime_data(attestation_key(), k_challenge + std::string(16, '\0'));
    EXPECT_THAT(failures_of(sent()), IsEmpty());
}

TEST_F(AzTdxVtpm, IsRefusedWhenTheRuntimeDataIsNotWhatTheTdIsBoundTo) {
    const auto other = crypto::PrivateKey::generate_rsa(2048).value();
    sent_runtime = tests::make_runtime_data(other, k_challenge);
    signer = &other;
    EXPECT_THAT(failures_of(sent()), ElementsAre("hcl.binding"));
    sent_runtime = runtime_data;
    signer = &attestation_key();
    // The second half of the report data belongs to nobody.
    quoted_body = body();
    quoted_body->back() = '\1';
    EXPECT_THAT(failures_of(sent()), ElementsAre("hcl.binding"));
}

TEST_F(AzTdxVtpm, IsRefusedWhenTheQuoteIsOfAnotherTd) {
    // Attributes, XFAM, MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG, RTMR0, RTMR3, report data.
    for (const std::size_t at : {121U, 128U, 136U, 184U, 232U, 280U, 328U, 519U, 520U}) {
        local_body = body();
        local_body->at(at) = static_cast<char>(local_body->at(at) ^ 1);
        EXPECT_THAT(failures_of(sent()), ElementsAre("hcl.same_td")) << at;
    }
}

TEST_F(AzTdxVtpm, IsRefusedWhenTheTdItselfIs) {
    quoted_body = body();
    quoted_body->at(120) = 1;
    EXPECT_THAT(failures_of(sent()), ElementsAre("hardware.policy.debug"));
    quoted_body.reset();
    breaks_quote = true;
    EXPECT_THAT(failures_of(sent()), Contains("hardware.quote.signature"));
    breaks_quote = false;
    collateral.tdx.clear();
    EXPECT_THAT(failures_of(sent()), Contains("hardware.tcb_info.present"));
    collateral.tdx = {{}, intel().collateral()};
    EXPECT_THAT(failures_of(sent()), IsEmpty());
    collateral.tdx = {intel().collateral()};
    expected.at = tee::parse_time("2044-01-01T00:00:00Z").value();
    EXPECT_THAT(failures_of(sent()), Contains("hardware.tcb_info.freshness"));
}

TEST_F(AzTdxVtpm, IsNeverSimulated) {
    expected.allows_simulation = true;
    collateral.intel_anchors = intel().anchors();
    EXPECT_THAT(failures_of(sent()), Contains("hardware.chain.root"));
    for (auto& anchor : collateral.intel_anchors) anchor.anchor_class = tee::AnchorClass::operator_given;
    EXPECT_THAT(failures_of(sent()), Contains("hardware.chain.root"));
}

TEST_F(AzTdxVtpm, IsRefusedWhenAnotherKeyQuotes) {
    const auto other = crypto::PrivateKey::generate_rsa(2048).value();
    signer = &other;
    EXPECT_THAT(failures_of(sent()), ElementsAre("attest.signature"));
}

TEST_F(AzTdxVtpm, IsRefusedWhenThePcrsAreNotWhatIsQuoted) {
    for (const std::size_t pcr : {0U, 8U, 11U, 23U}) {
        sent_pcrs = pcrs;
        sent_pcrs->at(pcr)[31] ^= 1;
        EXPECT_THAT(failures_of(sent()), Contains("quote.pcr_digest")) << pcr;
    }
    sent_pcrs.reset();
    expected.init_data = std::string(32, 'j');
    EXPECT_THAT(failures_of(sent()), ElementsAre("init_data"));
    expected.init_data = k_init_data;
    selected = 0xFFFFFF & ~(1U << 8U);
    EXPECT_THAT(failures_of(sent()), ElementsAre("init_data"));
}

TEST_F(AzTdxVtpm, ShowsNoPcrThatIsNotQuoted) {
    expected.init_data.clear();
    selected = 1U << 7U;
    const auto outcome = judge(&verify_az_tdx_vtpm, sent());
    ASSERT_THAT(failures(outcome), IsEmpty());
    EXPECT_EQ(outcome->claims->values.at("tpm"), (bj::object{{"pcr07", to_hex(pcrs.at(7))}}));
    EXPECT_EQ(outcome->claims->launch.at("tdx_pcr11"), std::string());
    EXPECT_EQ(outcome->claims->init_data, "");
}

TEST_F(AzTdxVtpm, NamesWhatIsMalformed) {
    const auto expect_error = [&](const bj::object& made, const std::string& words) {
        EXPECT_THAT(failures_of(made), ElementsAre(HasSubstr(words)));
    };
    const auto good = sent();
    for (const auto* member : {"td_quote", "hcl_report", "tpm_quote", "version"}) {
        auto made = good;
        made.erase(member);
        expect_error(made, std::string("error: evidence.") + member);
    }
    for (const std::int64_t other : {0, 1, 3}) {
        version = other;
        expect_error(sent(), "only version 2 is understood");
    }
    version = 2;
    auto made = good;
    made["td_quote"] = "+/==";
    expect_error(made, "evidence.td_quote");
    made = good;
    made["tpm_quote"].as_object()["pcrs"].as_array().pop_back();
    expect_error(made, "24 PCRs");
    made = good;
    made["tpm_quote"].as_object()["pcrs"].as_array()[3] = "00";
    expect_error(made, "evidence.tpm_quote.pcrs[3]: not a SHA-256 value");
}

TEST_F(AzTdxVtpm, TakesNoReportOfAnotherKindOrHash) {
    type = tests::k_hcl_snp;
    EXPECT_THAT(failures_of(sent()), ElementsAre(HasSubstr("another processor's report")));
    type = 3;
    EXPECT_THAT(failures_of(sent()), ElementsAre(HasSubstr("hardware report of type 3")));
    type = tests::k_hcl_tdx;
    hash = 2;
    EXPECT_THAT(failures_of(sent()), ElementsAre(HasSubstr("hash 2")));
    hash = 1;
    const auto twice = [](std::string text) {
        const auto key = text.substr(9, text.find("}]") + 1 - 9);
        return text.insert(9, key + ",");
    };
    for (const auto& text :
         {std::string("{}"), std::string("{\"keys\":[]}"), std::string("{"), twice(runtime_data)}) {
        sent_runtime = runtime_data = text;
        EXPECT_THAT(failures_of(sent()), ElementsAre(HasSubstr("error: evidence.hcl_report"))) << text;
    }
    for (const auto* user_data : {"0", "zz", "5"}) {
        auto text = tests::make_runtime_data(attestation_key(), "");
        sent_runtime = runtime_data = text.insert(text.size() - 2, user_data);
        EXPECT_THAT(failures_of(sent()), ElementsAre(HasSubstr("user-data"))) << user_data;
    }
    sent_runtime = runtime_data = tests::make_runtime_data(attestation_key(), std::string(65, 'c'));
    EXPECT_THAT(failures_of(sent()), ElementsAre(HasSubstr("more than 64 bytes")));
}

class AzSnpVtpm : public AzVtpm {
  protected:
    static const tests::MadeAmd& amd() {
        static const auto k_amd = tests::make_amd();
        return k_amd;
    }
    AzSnpVtpm() {
        type = tests::k_hcl_snp;
        collateral.amd = amd().authorities();
        collateral.amd.anchors = production(collateral.amd.anchors);
        collateral.snp_revocation_lists = amd().endorsements().revocation_lists;
    }
    [[nodiscard]] bj::object sent() const {
        auto report = tests::make_report_body();
        report.replace(0x50, 64, sha256(runtime_data) + std::string(32, '\0'));
        auto made = evidence(tests::sign_report(std::move(report), amd().vcek.key));
        made["vcek"] = encoding::to_base64(amd().vcek.certificate.der(), encoding::Base64::url);
        return made;
    }
};

TEST_F(AzSnpVtpm, IsBelievedWhenTheReportNamesTheKeyThatQuotesTheChallenge) {
    const auto outcome = judge(&verify_az_snp_vtpm, sent());
    ASSERT_THAT(failures(outcome), IsEmpty());
    EXPECT_EQ(outcome->claims->launch,
              (std::map<std::string, std::string>{{"measurement", to_hex(std::string(48, 'M'))},
                                                  {"snp_pcr11", to_hex(pcrs.at(11))}}));
    EXPECT_EQ(outcome->claims->values.at("tpm").at("pcr08"), bj::value(to_hex(pcrs.at(8))));
}

TEST_F(AzSnpVtpm, IsRefusedForAnotherHandshakeOrKind) {
    sent_runtime = runtime_data = tests::make_runtime_data(attestation_key(), std::string(48, 'd'));
    EXPECT_THAT(failures(judge(&verify_az_snp_vtpm, sent())), ElementsAre("hcl.user_data"));
    type = tests::k_hcl_tdx;
    EXPECT_THAT(failures(judge(&verify_az_snp_vtpm, sent())),
                ElementsAre(HasSubstr("another processor's report")));
}

} // namespace
} // namespace redoubt::services::attestation
