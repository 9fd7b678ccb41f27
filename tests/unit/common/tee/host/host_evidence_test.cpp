// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/host/host_evidence.hpp"

#include <gtest/gtest.h>

#include "common/tee/host/boot_reference.hpp"
#include "common/tee/host/enrolled_node.hpp"
#include "common/tee/host/host_verdict.hpp"

namespace redoubt::tee::host {
namespace {

HostEvidence sample() {
    HostEvidence evidence{"key", "certificate", "message", "signature", {}, "log"};
    for (std::size_t i = 0; i < k_pcrs; ++i)
        evidence.pcrs.at(i) = std::string(k_digest_size, static_cast<char>(i));
    return evidence;
}

TEST(HostEvidence, IsReadBackAsItWasWritten) {
    const auto read = parse_host_evidence(render_host_evidence(sample()));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->ak_public, "key");
    EXPECT_EQ(read->ek_certificate, "certificate");
    EXPECT_EQ(read->message, "message");
    EXPECT_EQ(read->signature, "signature");
    EXPECT_EQ(read->pcrs, sample().pcrs);
    EXPECT_EQ(read->event_log, "log");
}

TEST(HostEvidence, DoesWithoutACertificateAndALog) {
    auto evidence = sample();
    evidence.ek_certificate.clear();
    evidence.event_log.clear();
    const auto read = parse_host_evidence(render_host_evidence(evidence));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(read->ek_certificate.empty() && read->event_log.empty());
}

TEST(HostEvidence, NamesTheMemberThatIsWrong) {
    const auto refused = [](std::string text, std::string_view word) {
        const auto read = parse_host_evidence(text);
        ASSERT_FALSE(read);
        EXPECT_TRUE(read.error().message.contains(word)) << read.error().message;
    };
    const auto text = render_host_evidence(sample());
    const auto with = [&](std::string_view from, std::string_view to) {
        auto changed = text;
        changed.replace(changed.find(from), from.size(), to);
        return changed;
    };
    refused("{", "evidence");
    refused(with("evidence/1", "evidence/2"), "format");
    refused(with(std::string(64, '0'), "00"), "pcrs[0]");
    refused(with("ak_public", "ak_other"), "ak_public");
    auto large = sample();
    large.signature.assign(5000, 'x');
    refused(render_host_evidence(large), "signature");
}

TEST(HostEvidence, AQuoteIsForOneNonceAndOneGuest) {
    const std::string nonce(k_nonce_size, 'n');
    const std::string guest(k_digest_size, 'g');
    const auto data = quoted_data(nonce, guest);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->size(), k_digest_size);
    EXPECT_NE(*data, quoted_data(nonce, {}).value());
    EXPECT_NE(*data, quoted_data(nonce, std::string(k_digest_size, 'h')).value());
    EXPECT_NE(*data, quoted_data(guest, nonce).value());
    EXPECT_FALSE(quoted_data("short", guest));
    EXPECT_FALSE(quoted_data(nonce, "short"));
}

TEST(BootReference, TakesWhatTheReleaseTheSiteAndTheBrokerSay) {
    BootReference reference;
    const std::string value(64, 'a');
    const auto text =
        R"({"redoubt-pcrs":1,"measurements":[{"pcr":11,"phase":"ready","sha256":")" + value + R"("}]})";
    ASSERT_TRUE(add_measurements(reference, text, "pcrs.json"));
    ASSERT_TRUE(add_register(reference, "7=" + value, "--pcr"));
    const auto document = json::parse("values", R"([")" + value + R"("])").value();
    ASSERT_TRUE(add_reference_value(reference, "tpm_pcr7", document.root(), "broker"));
    ASSERT_TRUE(add_reference_value(reference, "init_data", document.root(), "broker"));
    ASSERT_EQ(reference.size(), 2U);
    EXPECT_EQ(reference[11].front().source, "pcrs.json (ready)");
    EXPECT_EQ(reference[7].size(), 2U);
    EXPECT_EQ(reference[7].front().value, std::string(32, '\xaa'));
}

TEST(BootReference, RefusesWhatIsNoRegister) {
    BootReference reference;
    for (const auto* text : {"7", "24=00", "x=00", "7=zz", "7=00", "-1=00"})
        EXPECT_FALSE(add_register(reference, text, "--pcr")) << text;
    for (const auto* text :
         {"{}", R"({"redoubt-pcrs":2,"measurements":[]})", R"({"redoubt-pcrs":1,"measurements":[]})",
          R"({"redoubt-pcrs":1,"measurements":[{"pcr":99,"sha256":"00"}]})"})
        EXPECT_FALSE(add_measurements(reference, text, "file")) << text;
    EXPECT_TRUE(reference.empty());
}

TEST(EnrolledNodes, ChipsAreWholeAndNeverZero) {
    EXPECT_EQ(parse_chip_id(std::string(128, 'A')).value(), std::string(128, 'a'));
    EXPECT_FALSE(parse_chip_id(std::string(128, '0')));
    EXPECT_FALSE(parse_chip_id("ab"));
    EXPECT_FALSE(parse_chip_id(std::string(128, 'g')));
}

TEST(HostVerdict, NothingThatIsMalformedIsAccepted) {
    for (const auto& text : {std::string(), std::string("{}"), render_host_evidence(sample())}) {
        const auto verdict = verify_host(text, {});
        EXPECT_FALSE(verdict.explanation.is_accepted());
        EXPECT_FALSE(verdict.node);
    }
    const auto guest = verify_guest("{}", {});
    ASSERT_TRUE(guest);
    EXPECT_FALSE(guest->guest.is_accepted());
    EXPECT_FALSE(guest->container.is_accepted());
    EXPECT_TRUE(guest->chip_id.empty());
}

TEST(HostVerdict, ABoxIsWhatWasEnrolledTogether) {
    const std::string chip(128, '1');
    const auto is_same = [](const std::optional<EnrolledNode>& node, std::string_view got) {
        Explanation explanation;
        check_same_box(explanation, node, got, "test");
        return explanation.is_accepted();
    };
    const EnrolledNode node{"key", "ek", chip};
    EXPECT_TRUE(is_same(node, chip));
    EXPECT_FALSE(is_same(node, std::string(128, '2')));
    EXPECT_FALSE(is_same(node, ""));
    EXPECT_FALSE(is_same(EnrolledNode{"key", "ek", ""}, ""));
    EXPECT_FALSE(is_same(std::nullopt, chip));
}

} // namespace
} // namespace redoubt::tee::host
