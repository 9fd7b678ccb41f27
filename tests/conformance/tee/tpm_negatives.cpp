// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>

#include "common/base/file.hpp"
#include "tests/conformance/tee/suite.hpp"

namespace redoubt::tests {
namespace {

namespace bj = boost::json;
using tee::cli::EvidenceOptions;
constexpr auto k_at = "2026-07-01";

const std::map<std::string, std::string> k_reasons{
    {"wrong-nonce", "policy.nonce"},
    {"sig-flip", "attest.signature"},
    {"magic", "attest.format"},
    {"type-creation-as-quote", "attest.format"},
    {"pcr-swap", "quote.pcr_digest"},
    {"pcr-subset", "policy.pcr_selection"},
    {"bank-downgrade", "policy.pcr_selection"},
    {"log-event-removed", "log.replay"},
    {"log-data-vs-digest", "log.binding"},
    {"log-pcr-redirect", "log.replay"},
    {"unrestricted-ak", "ak.attributes"},
    {"trailing-bytes", "attest.format"},
};

std::uint32_t u32_at(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

/// Where each record of a crypto-agile log with banks SHA-1, SHA-256 and perhaps SHA-384 begins; the end
/// last.
std::vector<std::size_t> record_starts(const std::string& log) {
    std::vector<std::size_t> starts{0, 32 + u32_at(log, 28)};
    while (starts.back() < log.size()) {
        std::size_t at = starts.back() + 12;
        for (std::uint32_t i = u32_at(log, starts.back() + 8); i > 0; --i) {
            const auto algorithm = static_cast<unsigned char>(log[at]);
            at += 2U + (algorithm == 4 ? 20U : algorithm == 11 ? 32U : 48U);
        }
        starts.push_back(at + 4 + u32_at(log, at));
    }
    return starts;
}

EvidenceOptions gce(const Suite& suite, const std::string& bank) {
    const std::string folder = "gce-cos85-nonce9009/";
    EvidenceOptions options{.tee = "tpm",
                            .evidence = suite.path(folder + "quote-" + bank + ".msg"),
                            .event_log = suite.path(folder + "binary_bios_measurements"),
                            .at = k_at};
    options.signature = suite.path(folder + "quote-" + bank + ".sig");
    options.ak = suite.path(folder + "ak_public.tpmt");
    options.pcrs = suite.path(folder + "pcrs-" + bank + ".json");
    options.nonce = "9009";
    return options;
}

std::string edited(const Suite& suite, const std::string& name, const std::string& file,
                   const std::function<void(std::string&)>& edit) {
    auto bytes = suite.bytes(file);
    edit(bytes);
    return suite.scratch(name, bytes);
}

EvidenceOptions log_options(const Suite& suite, const std::string& id) {
    auto log = suite.bytes("eventlogs/rhel8-uefi.bin");
    const auto place = log.find("grub_cmd set timeout=0");
    log[place + 12] = static_cast<char>(log[place + 12] ^ 1);
    EvidenceOptions options{
        .tee = "tpm", .kind = "event-log", .evidence = suite.scratch(id, log), .at = k_at};
    options.pcrs = suite.scratch(id + ".json",
                                 bj::serialize(suite.item("eventlog-rhel8-uefi").at("expected").at("pcrs")));
    return options;
}

EvidenceOptions keylime(const Suite& suite) {
    EvidenceOptions options{.tee = "tpm", .evidence = suite.path("keylime-emulator/quote.out"), .at = k_at};
    options.signature = suite.path("keylime-emulator/quotesig.out");
    options.pcrs = suite.path("keylime-emulator/quotepcr.out");
    options.ak = suite.path("keylime-emulator/ak.pub");
    return options;
}

EvidenceOptions options_of(const Suite& suite, const std::string& id) {
    const std::string folder = "gce-cos85-nonce9009/";
    auto options = gce(suite, "sha256");
    if (id == "wrong-nonce") options.nonce = "900a";
    if (id == "sig-flip")
        options.signature = edited(suite, id, folder + "quote-sha256.sig", [](std::string& bytes) {
            bytes[100] = static_cast<char>(bytes[100] ^ 1);
        });
    if (id == "magic")
        options.evidence =
            edited(suite, id, folder + "quote-sha256.msg", [](std::string& bytes) { bytes[0] = 0; });
    if (id == "trailing-bytes")
        options.evidence =
            edited(suite, id, folder + "quote-sha256.msg", [](std::string& bytes) { bytes += "xy"; });
    if (id == "type-creation-as-quote") {
        options.evidence = suite.path("ak-creation-rsa/certify_creation.msg");
        options.signature = suite.path("ak-creation-rsa/certify_creation.sig");
        options.ak = suite.path("ak-creation-rsa/public.tpmt");
    }
    if (id == "pcr-swap") {
        auto values = bj::parse(suite.bytes(folder + "pcrs-sha256.json")).as_object();
        std::swap(values.at("4"), values.at("7"));
        options.pcrs = suite.scratch(id, bj::serialize(values));
        options.event_log.clear();
    }
    if (id == "pcr-subset") {
        options = keylime(suite);
        options.required_pcrs = {"sha256:7"};
    }
    if (id == "bank-downgrade") {
        options = gce(suite, "sha1");
        options.required_pcrs = {"sha256:0,1,2,3,4,7"};
    }
    if (id == "log-event-removed")
        options.event_log = edited(suite, id, folder + "binary_bios_measurements", [](std::string& bytes) {
            const auto starts = record_starts(bytes);
            bytes.erase(starts[10], starts[11] - starts[10]);
        });
    if (id == "log-pcr-redirect")
        options.event_log = edited(suite, id, folder + "binary_bios_measurements",
                                   [](std::string& bytes) { bytes[record_starts(bytes)[10]] = 5; });
    if (id == "log-data-vs-digest") options = log_options(suite, id);
    if (id == "unrestricted-ak")
        options.ak = edited(suite, id, folder + "ak_public.tpmt",
                            [](std::string& bytes) { bytes[5] = static_cast<char>(bytes[5] & ~1); });
    return options;
}

} // namespace

void run_tpm_negatives(Suite& suite) {
    const auto recipes = bj::parse(suite.bytes("derived-negatives.json"));
    for (const auto& entry : recipes.at("cases").as_array()) {
        const auto id = text_of(entry.as_object(), "id");
        suite.run("derived/" + id, [&] {
            const auto reason = k_reasons.find(id);
            if (reason == k_reasons.end()) return std::string("no reason is known for this recipe");
            const auto document = verify(options_of(suite, id));
            const auto wrong = judge_refusal(document, reason->second);
            // Only the data lies; what the registers prove still holds.
            return wrong.empty() && id == "log-data-vs-digest" ? judge_verdicts(document, "ACCEPT", "REJECT")
                                                               : wrong;
        });
    }
}

} // namespace redoubt::tests
