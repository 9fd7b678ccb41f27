// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/attester/attester.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "common/encoding/base64.hpp"
#include "guest-image/attester/tdx/tdx_evidence.hpp"
#include "services/attestation/verifier/snp_evidence.hpp"
#include "tests/support/tee/made_quote.hpp"
#include "tests/support/tee/made_report.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::attester {
namespace {

constexpr std::size_t k_vmpl_at = 0x30;
constexpr std::size_t k_report_data_at = 0x50;
constexpr std::size_t k_host_data_at = 0xC0;
constexpr std::size_t k_td_report_data_at = 520; ///< in a quote's body. Source: Intel TDX DCAP, TD report 1.0

/// A processor that signs what it is asked for, or something else.
class FakeDevice final : public EvidenceDevice {
  public:
    explicit FakeDevice(std::string fixed = {}) : fixed_(std::move(fixed)) {}

    Task<RawEvidence> evidence_over(std::string report_data) override {
        auto body = tests::make_report_body();
        body.replace(k_report_data_at, 64, fixed_.empty() ? report_data : fixed_);
        co_return RawEvidence{"sev_guest", tests::sign_report(body, tests::make_amd().vcek.key), {}};
    }

    Task<> extend(std::uint32_t /*rtmr*/, std::string /*digest*/) override {
        co_return fail(Code::unimplemented, "no register");
    }

  private:
    std::string fixed_;
};

/// A TD with RTMR3, of which a test may have the processor fail.
class FakeTd final : public EvidenceDevice {
  public:
    explicit FakeTd(Status& extending) : extending_(extending) {}
    Task<RawEvidence> evidence_over(std::string report_data) override {
        const auto key = tests::Key::ec("P-256");
        auto body = tests::make_td_body();
        body.replace(k_td_report_data_at, 64, report_data);
        co_return RawEvidence{"tdx_guest", tests::make_quote(tests::make_intel(), body, key, key), {}};
    }
    Task<> extend(std::uint32_t rtmr, std::string digest) override {
        EXPECT_EQ(rtmr, 3U);
        EXPECT_EQ(digest.size(), 48U);
        co_return extending_;
    }

  private:
    Status& extending_;
};

class AttesterTest : public ttrpc::ConnectionTest {};

RawEvidence report_of(std::string body) {
    return {"sev_guest", tests::sign_report(std::move(body), tests::make_amd().vcek.key), {}};
}

TEST(Evidence, OfAReportIsWhatABrokerWritesBackToTheSameBytes) {
    const auto raw = report_of(tests::make_report_body());
    const auto evidence = read_evidence(raw);
    ASSERT_TRUE(evidence) << evidence.error().message;
    EXPECT_EQ(evidence->tee, "snp");
    const json::Document document(evidence->json, "evidence");
    const auto bytes = services::attestation::encode_snp_report(document.root()["attestation_report"]);
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(*bytes, raw.outblob);
    EXPECT_TRUE(evidence->json.at("cert_chain").is_null());
}

TEST(Evidence, SaysWhatTheGuestWasLaunchedWith) {
    auto body = tests::make_report_body();
    body.replace(k_host_data_at, 32, std::string(32, 'h'));
    EXPECT_EQ(read_evidence(report_of(body)).value().init_data, std::string(32, 'h'));
}

TEST(Evidence, OfAnotherPrivilegeLevelIsRefused) {
    auto body = tests::make_report_body();
    body[k_vmpl_at] = 1;
    const auto refused = read_evidence(report_of(body));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::permission_denied);
}

TEST(Evidence, OfAnUnknownDriverOrOfNoReportIsRefused) {
    EXPECT_EQ(read_evidence({"arm_cca_guest", "x", {}}).error().code, Code::unimplemented);
    EXPECT_EQ(read_evidence({"sev_guest", "x", {}}).error().code, Code::invalid_argument);
    EXPECT_FALSE(read_evidence({"tdx_guest", "x", {}}));
    auto raw = report_of(tests::make_report_body());
    raw.auxblob = "no table";
    EXPECT_FALSE(read_evidence(raw));
    raw.outblob[0] = 9; // a version nobody knows
    EXPECT_FALSE(read_evidence(raw));
}

TEST(Evidence, CarriesTheHostsCertificatesByTheirKind) {
    auto raw = report_of(tests::make_report_body());
    // One entry, VCEK, and the end of the table. Source: GHCB 2.0, SNP extended guest request.
    raw.auxblob = std::string("\x8d\x75\xda\x63\x64\xe6\x64\x45\xad\xc5\xf4\xb9\x3b\xe8\xac\xcd", 16) +
                  std::string("\x30\0\0\0\x03\0\0\0", 8) + std::string(24, '\0') + "abc";
    const auto evidence = read_evidence(raw);
    ASSERT_TRUE(evidence) << evidence.error().message;
    EXPECT_EQ(boost::json::serialize(evidence->json.at("cert_chain")),
              R"([{"cert_type":"VCEK","data":[97,98,99]}])");
}

TEST(Evidence, OfAQuoteHasTheQuoteAndNoLogWhereThereIsNone) {
    const auto intel = tests::make_intel();
    const auto key = tests::Key::ec("P-256");
    const RawEvidence raw{"tdx_guest", tests::make_quote(intel, tests::make_td_body(), key, key), {}};
    const auto evidence = tdx::read_tdx_evidence_with(raw, {}, "/nonexistent/CCEL");
    ASSERT_TRUE(evidence) << evidence.error().message;
    EXPECT_EQ(evidence->tee, "tdx");
    EXPECT_EQ(evidence->init_data.size(), 48U);
    EXPECT_EQ(evidence->report_data.size(), 64U);
    EXPECT_EQ(encoding::from_base64(evidence->json.at("quote").as_string()), raw.outblob);
    EXPECT_TRUE(evidence->json.at("cc_eventlog").is_null());
}

TEST_F(AttesterTest, FillsUpWhatIsBoundWithZeros) {
    Attester attester(std::make_unique<FakeDevice>(), context_.get_executor());
    const auto evidence = run(attester.attest("digest"));
    ASSERT_TRUE(evidence) << evidence.error().message;
    EXPECT_EQ(evidence->report_data, "digest" + std::string(58, '\0'));
    EXPECT_EQ(run(attester.attest(std::string(65, 'x'))).error().code, Code::invalid_argument);
}

TEST_F(AttesterTest, RefusesEvidenceThatWasMadeForSomethingElse) {
    Attester attester(std::make_unique<FakeDevice>(std::string(64, 'o')), context_.get_executor());
    EXPECT_EQ(run(attester.attest("digest")).error().code, Code::aborted);
}

class EventsOfATdTest : public AttesterTest {
  protected:
    tee::EventLog log() {
        const auto evidence = run(attester_.attest("digest"));
        EXPECT_TRUE(evidence) << evidence.error().message;
        if (evidence->json.at("cc_eventlog").is_null()) return {};
        return *tee::parse_event_log(*encoding::from_base64(evidence->json.at("cc_eventlog").as_string()));
    }

    Status extending_;
    Attester attester_{std::make_unique<FakeTd>(extending_), context_.get_executor()};
};

TEST_F(EventsOfATdTest, AreInAllEvidenceFromThenOn) {
    EXPECT_TRUE(log().events.empty());
    ASSERT_TRUE(run(attester_.note({"d", "o", "first"})));
    ASSERT_TRUE(run(attester_.note({"d", "o", "second"})));
    const auto noted = log();
    ASSERT_EQ(noted.events.size(), 3U);
    EXPECT_EQ(tee::runtime_event_of(noted.events[1])->content, "first");
    EXPECT_EQ(tee::runtime_event_of(noted.events[2])->content, "second");
}

TEST_F(EventsOfATdTest, AreNotNotedWhenNoRegisterHoldsThem) {
    extending_ = fail(Code::unavailable, "gone");
    EXPECT_EQ(run(attester_.note({"d", "o", "c"})).error().code, Code::unavailable);
    extending_ = {};
    EXPECT_EQ(run(attester_.note({"d d", "o", "c"})).error().code, Code::invalid_argument);
    EXPECT_TRUE(log().events.empty());
}

TEST_F(EventsOfATdTest, FillALogOnlyUpToItsLimits) {
    EXPECT_EQ(run(attester_.note({"d", "o", std::string(k_max_runtime_records, 'c')})).error().code,
              Code::resource_exhausted);
    for (std::size_t i = 0; i < k_max_runtime_events; ++i) ASSERT_TRUE(run(attester_.note({"d", "o", "c"})));
    EXPECT_EQ(run(attester_.note({"d", "o", "c"})).error().code, Code::resource_exhausted);
    EXPECT_EQ(log().events.size(), k_max_runtime_events + 1);
}

} // namespace
} // namespace redoubt::guest::attester
