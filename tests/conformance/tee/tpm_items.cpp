// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/tpm/make_credential.hpp"
#include "tests/conformance/tee/suite.hpp"

namespace redoubt::tests {
namespace {

namespace bj = boost::json;
using tee::cli::EvidenceOptions;
constexpr auto k_at = "2026-07-01";

std::string member_difference(const bj::object& expected, const bj::object& document,
                              std::string_view member) {
    if (!expected.contains(member)) return {};
    return difference(expected.at(member), document.contains(member) ? document.at(member) : bj::value(),
                      std::string(member));
}

std::string judge_gce(Suite& suite, const bj::object& expected) {
    const std::string folder = "gce-cos85-nonce9009/";
    for (const auto& entry : expected.at("quotes").as_array()) {
        const auto& quote = entry.as_object();
        const auto bank = text_of(quote, "bank");
        EvidenceOptions options{.tee = "tpm",
                                .evidence = suite.path(folder + "quote-" + bank + ".msg"),
                                .event_log = suite.path(folder + "binary_bios_measurements"),
                                .at = k_at};
        options.signature = suite.path(folder + "quote-" + bank + ".sig");
        options.ak = suite.path(folder + "ak_public.tpmt");
        options.pcrs = suite.path(folder + "pcrs-" + bank + ".json");
        options.nonce = "9009";
        options.allow_sha1 = bank == "sha1";
        const auto document = verify(options);
        auto wrong = judge_verdicts(document, "ACCEPT", "ACCEPT");
        if (wrong.empty()) wrong = member_difference(expected, document, "ak");
        if (wrong.empty()) wrong = member_difference(quote, document, "attest");
        const bj::value scheme{text_of(quote, "sig_alg"), text_of(quote, "sig_hash")};
        if (wrong.empty()) wrong = difference(scheme, document.at("signature"), "signature");
        if (!wrong.empty()) return bank + ": " + wrong;
        // The log's registers are the ones that the item says are replayed.
        const auto values = bj::parse(suite.bytes(folder + "pcrs-" + bank + ".json")).as_object();
        const auto& replayed = document.at("event_log").at("replay").at(bank).as_object();
        for (const auto& pcr : quote.at("replayed_pcrs").as_array()) {
            const auto name = bj::serialize(pcr);
            if (!replayed.contains(name) || replayed.at(name) != values.at(name))
                return bank + ": PCR " + name + " is not replayed";
        }
    }
    return {};
}

std::string judge_keylime(Suite& suite, const bj::object& expected) {
    const std::string folder = "keylime-emulator/";
    EvidenceOptions options{.tee = "tpm", .evidence = suite.path(folder + "quote.out"), .at = k_at};
    options.signature = suite.path(folder + "quotesig.out");
    options.pcrs = suite.path(folder + "quotepcr.out");
    options.ak = suite.path(folder + "ak.pub");
    options.nonce = text_of(expected.at("attest").as_object(), "extraData");
    const auto document = verify(options);
    auto wrong = judge_verdicts(document, "ACCEPT", "ACCEPT");
    if (wrong.empty()) wrong = member_difference(expected, document, "attest");
    if (wrong.empty()) wrong = member_difference(expected, document, "signature");
    if (wrong.empty() && text_of(document.at("ak").as_object(), "name") != text_of(expected, "ak_name"))
        wrong = "another AK name";
    if (wrong.empty() && text_of(document.at("ak").as_object(), "attrs") != text_of(expected, "ak_attrs"))
        wrong = "other AK attributes";
    options.ak = suite.path(folder + "akpub.pem");
    return wrong.empty() ? judge_verdicts(verify(options), "ACCEPT", "ACCEPT") : wrong;
}

std::string judge_json_evidence(Suite& suite, const bj::object& expected) {
    EvidenceOptions options{.tee = "tpm", .evidence = suite.path("swtpm-json/evidence.json"), .at = k_at};
    const auto document = verify(options);
    // Good as far as it goes: its key is vouched for by nobody.
    const auto wrong = judge_verdicts(document, "ACCEPT", "REJECT");
    if (!wrong.empty()) return wrong;
    const auto refusal = judge_refusal(document, "policy.ak_trust");
    return refusal.empty() ? member_difference(expected, document, "attest") : refusal;
}

std::string judge_azure(Suite& suite, const bj::object& item) {
    const auto& expected = item.at("expected").as_object();
    const std::string folder = text_of(item, "id") + "/";
    const bool is_snp = expected.contains("snp_report");
    EvidenceOptions options{
        .tee = "tpm", .evidence = suite.path(folder + "quote.msg"), .at = is_snp ? k_at : "2026-07-01"};
    options.signature = suite.path(folder + "quote.sig.raw");
    options.pcrs = suite.path(folder + "pcrs-sha256.json");
    options.ak = suite.path(folder + "hclak.pem");
    options.nonce = text_of(expected, "nonce");
    options.hcl_report = suite.path(folder + "hcl_report.bin");
    if (is_snp)
        options.certs = {suite.path(folder + "vcek.pem")};
    else
        options.td_quote = suite.path(folder + "td_quote.bin");
    const auto document = verify(options);
    // The TD's item has no collateral, so that only the cryptography of it can be good.
    auto wrong = judge_verdicts(document, "ACCEPT", is_snp ? "ACCEPT" : "REJECT");
    for (const char* member : {"attest", "runtime_data_sha256", "snp_report", "td_quote_body"})
        if (wrong.empty()) wrong = member_difference(expected, document, member);
    return wrong;
}

std::string judge_windows(Suite& suite, const bj::object& expected) {
    const std::string folder = "gcp-windows-shielded-sha1/";
    EvidenceOptions options{.tee = "tpm", .evidence = suite.path(folder + "quote.msg"), .at = k_at};
    options.signature = suite.path(folder + "quote.sig");
    options.ak = suite.path(folder + "ak_public.tpmt");
    options.pcrs = suite.path(folder + "pcrs-sha1.json");
    const auto document = verify(options);
    auto wrong = judge_verdicts(document, "ACCEPT", "REJECT");
    if (wrong.empty()) wrong = judge_refusal(document, "policy.nonce");
    if (wrong.empty()) wrong = judge_refusal(document, "policy.banks");
    if (wrong.empty()) wrong = member_difference(expected, document, "attest");
    if (!wrong.empty()) return wrong;
    const auto log = verify({.tee = "tpm",
                             .kind = "event-log",
                             .evidence = suite.path(folder + "binary_bios_measurements"),
                             .at = k_at});
    const auto values = bj::parse(suite.bytes(folder + "pcrs-sha1.json")).as_object();
    for (const auto& pcr : expected.at("replayed_pcrs_matching").as_array()) {
        const auto name = bj::serialize(pcr);
        const auto& replayed = log.at("replay").at("sha1").as_object();
        if (!replayed.contains(name) || replayed.at(name) != values.at(name))
            return "PCR " + name + " is not replayed";
    }
    return {};
}

std::string judge_creation(Suite& suite, const bj::object& item) {
    const auto& expected = item.at("expected").as_object();
    const std::string folder = text_of(item, "id") + "/";
    EvidenceOptions options{.tee = "tpm",
                            .kind = "creation",
                            .evidence = suite.path(folder + "certify_creation.msg"),
                            .at = k_at};
    options.signature = suite.path(folder + "certify_creation.sig");
    options.ak = suite.path(folder + "public.tpmt");
    options.creation_data = suite.path(folder + "creation_data.bin");
    const auto document = verify(options);
    auto wrong = judge_verdicts(document, "ACCEPT", "ACCEPT");
    for (const char* member : {"objectName", "creationHash"})
        if (wrong.empty()) wrong = difference(expected.at(member), document.at("attest").at(member), member);
    if (wrong.empty()) wrong = difference(expected.at("attrs"), document.at("ak").at("attrs"), "attrs");
    return wrong;
}

std::string judge_credential(Suite& suite) {
    const auto vector = bj::parse(suite.bytes("makecredential-rsa-golden/vector.json")).as_object();
    const auto bytes = [&](const char* member) { return *encoding::from_hex(text_of(vector, member)); };
    const auto key = tee::PublicKey::parse(suite.bytes("makecredential-rsa-golden/ek_public.pem"));
    if (!key) return key.error().message;
    const auto credential = tee::tpm::make_credential(*key, bytes("ak_name"), bytes("secret"),
                                                      {bytes("seed"), bytes("oaep_seed")});
    if (!credential) return credential.error().message;
    if (credential->id_object != bytes("id_object_tpm2b"))
        return "another ID object: " + encoding::to_hex(credential->id_object);
    return credential->encrypted_secret == bytes("encrypted_secret_tpm2b")
               ? ""
               : "another encrypted secret: " + encoding::to_hex(credential->encrypted_secret);
}

std::string judge_log(Suite& suite, const bj::object& item) {
    const auto& expected = item.at("expected").as_object();
    EvidenceOptions options{.tee = "tpm",
                            .kind = "event-log",
                            .evidence = suite.path(item.at("files").as_array().front().as_string()),
                            .at = k_at};
    // With the PCRs that the TPM had, the log is evidence of them.
    if (expected.contains("pcrs"))
        options.pcrs = suite.scratch(text_of(item, "id") + ".json", bj::serialize(expected.at("pcrs")));
    const auto document = verify(options);
    auto wrong = judge_verdicts(document, "ACCEPT", "ACCEPT");
    if (wrong.empty()) wrong = member_difference(expected, document, "events");
    if (wrong.empty()) wrong = member_difference(expected, document, "banks");
    if (wrong.empty()) wrong = member_difference(expected, document, "replay");
    if (wrong.empty() && expected.contains("pcrs"))
        wrong = difference(expected.at("pcrs"), document.at("replay"), "pcrs");
    return wrong;
}

std::string judge_certificate(Suite& suite, const bj::object& item) {
    const auto& expected = item.at("expected").as_object();
    EvidenceOptions options{.tee = "tpm",
                            .kind = "certificate",
                            .evidence = suite.path(item.at("files").as_array().front().as_string()),
                            .certs = {suite.path("gcp-ek-ak-ca")},
                            .at = k_at};
    const auto document = verify(options);
    const auto wrong = judge_verdicts(document, "ACCEPT", "ACCEPT");
    if (!wrong.empty()) return wrong;
    const auto extensions = bj::serialize(document.at("extensions"));
    if (!extensions.contains(text_of(expected, "instance_extension_oid")))
        return "no instance extension: " + extensions;
    const auto validity = bj::serialize(document.at("validity"));
    for (const auto& day : expected.at("validity").as_array())
        if (!validity.contains(std::string_view(day.as_string()))) return "another validity: " + validity;
    options.certs.clear();
    return judge_refusal(verify(options), "chain.leaf.issuer");
}

std::string judge_item(Suite& suite, const bj::object& item) {
    const auto id = text_of(item, "id");
    const auto kind = text_of(item, "kind");
    const auto& expected = item.at("expected").as_object();
    if (id == "gce-cos85-nonce9009") return judge_gce(suite, expected);
    if (id == "keylime-emulator") return judge_keylime(suite, expected);
    if (id == "swtpm-json") return judge_json_evidence(suite, expected);
    if (id.starts_with("az-")) return judge_azure(suite, item);
    if (id == "gcp-windows-shielded-sha1") return judge_windows(suite, expected);
    if (id.starts_with("ak-creation")) return judge_creation(suite, item);
    if (kind == "vector") return judge_credential(suite);
    if (kind == "event-log") return judge_log(suite, item);
    if (kind == "certificate") return judge_certificate(suite, item);
    return "no judge for this item";
}

} // namespace

void run_tpm(Suite& suite) {
    for (const auto& entry : suite.items()) {
        const auto& item = entry.as_object();
        const auto id = text_of(item, "id");
        if (id == "derived-negatives") continue; // run_tpm_negatives
        if (id == "gcp-ek-ak-ca") {
            // Its use is in the certificates below it.
            suite.run(id,
                      [&] { return judge_certificate(suite, suite.item("gcp-cert-pca_tpm_rsa_sign_cert")); });
            continue;
        }
        suite.run(id, [&] { return judge_item(suite, item); });
    }
}

} // namespace redoubt::tests
