// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/cli/tpm_inputs.hpp"

#include "common/base/file.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/cli/inputs.hpp"

namespace redoubt::tee::cli {
namespace {

Result<tpm::PcrValues> read_value_list(const json::Node& list) {
    RDT_TRY(const auto texts, list.strings());
    tpm::PcrValues values;
    if (texts.size() > 32) return list.wrong("more than 32 values");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        RDT_TRY(auto value, encoding::from_hex(texts[i]).transform_error(context("{}", list.path())));
        if (value.size() != size_of(Hash::sha256)) return list.wrong("not SHA-256 values");
        values[Hash::sha256][static_cast<std::uint32_t>(i)] = std::move(value);
    }
    return values;
}

Status read_json_evidence(std::string_view text, TpmInputs& inputs) {
    RDT_TRY(const auto document, json::parse("evidence", text));
    const auto quote = document.root()["tpm_quote"];
    RDT_TRY(const auto key, document.root()["ak_public"].string());
    RDT_TRY(const auto message, quote["message"].string());
    RDT_TRY(const auto signature, quote["signature"].string());
    RDT_TRY(const auto key_bytes, encoding::from_base64(key));
    RDT_TRY(inputs.message, encoding::from_base64(message));
    RDT_TRY(inputs.signature, encoding::from_base64(signature));
    RDT_TRY(inputs.values, read_value_list(quote["pcrs"]));
    RDT_TRY(inputs.key, read_attestation_key(key_bytes, tpm::KeyTrust::none));
    return {};
}

/// "sha256:0,4,7".
Result<tpm::PcrSelection> read_selection(const std::string& text) {
    const auto colon = text.find(':');
    const auto bank = hash_of_name(std::string_view(text).substr(0, colon));
    if (colon == std::string::npos || !bank)
        return fail(Code::invalid_argument, "--require-pcrs: '{}' is not BANK:LIST", text);
    tpm::PcrSelection selection{*bank, {}};
    for (const auto& piece : split(std::string_view(text).substr(colon + 1), ',')) {
        RDT_TRY(const auto pcr, read_number("--require-pcrs", piece));
        if (pcr > 31) return fail(Code::invalid_argument, "--require-pcrs: no PCR {}", pcr);
        selection.pcrs.push_back(static_cast<std::uint32_t>(pcr));
    }
    return selection;
}

} // namespace

Result<tpm::AttestationKey> read_attestation_key(std::string_view bytes, tpm::KeyTrust trust) {
    if (auto key = PublicKey::parse(bytes)) return tpm::AttestationKey{*std::move(key), std::nullopt, trust};
    RDT_TRY(auto area, tpm::parse_public(bytes).transform_error(context("attestation key")));
    auto key = area.key;
    return tpm::AttestationKey{std::move(key), std::move(area), trust};
}

Result<TpmInputs> load_tpm_inputs(const EvidenceOptions& options) {
    TpmInputs inputs;
    RDT_TRY(auto bytes, read_file(options.evidence));
    if (bytes.starts_with('{')) {
        RDT_CHECK(read_json_evidence(bytes, inputs));
    } else {
        inputs.message = std::move(bytes);
    }
    if (!options.signature.empty()) {
        RDT_TRY(inputs.signature, read_file(options.signature));
    }
    if (!options.pcrs.empty()) {
        RDT_TRY(const auto text, read_file(options.pcrs));
        RDT_TRY(inputs.values, tpm::parse_pcr_values(text).transform_error(context("{}", options.pcrs)));
    }
    if (!options.event_log.empty()) {
        RDT_TRY(const auto text, read_file(options.event_log));
        RDT_TRY(inputs.log, parse_event_log(text).transform_error(context("{}", options.event_log)));
    }
    if (!options.ak.empty()) {
        RDT_TRY(const auto text, read_file(options.ak));
        RDT_TRY(
            inputs.key,
            read_attestation_key(text, tpm::KeyTrust::enrolled).transform_error(context("{}", options.ak)));
    }
    return inputs;
}

Result<tpm::Policy> read_tpm_policy(const EvidenceOptions& options) {
    tpm::Policy policy;
    policy.allows_sha1 = options.allow_sha1;
    policy.allows_simulation = options.allow_simulation;
    if (!options.nonce.empty()) {
        RDT_TRY(policy.nonce, read_hex("--nonce", options.nonce));
    }
    for (const auto& text : options.required_pcrs) {
        RDT_TRY(auto selection, read_selection(text));
        policy.required.push_back(std::move(selection));
    }
    for (const auto& text : options.registers) {
        const auto equals = text.find('=');
        if (equals == std::string::npos)
            return fail(Code::invalid_argument, "--register: '{}' is not BANK:PCR=HEX", text);
        RDT_TRY(const auto selection, read_selection(text.substr(0, equals)));
        RDT_TRY(auto value, read_hex("--register", text.substr(equals + 1)));
        if (selection.pcrs.size() != 1 || value.size() != size_of(selection.bank))
            return fail(Code::invalid_argument, "--register: '{}' is not BANK:PCR=HEX of the bank's length",
                        text.substr(0, 60));
        policy.expected[selection.bank][selection.pcrs.front()] = std::move(value);
    }
    return policy;
}

} // namespace redoubt::tee::cli
