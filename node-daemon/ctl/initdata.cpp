// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl initdata`: build, show. No daemon is asked.

#include <boost/json.hpp>

#include <format>

#include "common/base/file.hpp"
#include "common/config/schema.hpp"
#include "common/encoding/hex.hpp"
#include "common/initdata/image_settings.hpp"
#include "common/initdata/initdata.hpp"
#include "common/initdata/initdata_disk.hpp"
#include "common/oci/signature/signature_policy.hpp"
#include "node-daemon/ctl/initdata_secrets.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

using initdata::Initdata;
using Entries = std::map<std::string, std::string, std::less<>>;

constexpr auto k_format = "redoubt-initdata/1";
constexpr std::string_view k_gzip_in_base64 = "H4sI"; // RFC 1952: 1F 8B, and 8 for deflate
constexpr std::string_view k_certificate = "-----BEGIN CERTIFICATE-----";

Result<crypto::HashAlgorithm> parse_algorithm(const std::string& name) {
    if (const auto algorithm = crypto::hash_of_name(name)) return *algorithm;
    return fail(Code::invalid_argument, "--algorithm '{}' is none of sha256, sha384 and sha512", name);
}

/// What the attester reads: where the key broker is, and the one certificate it is believed by.
Result<std::string> make_attestation_entry(const InitdataBuildOptions& options) {
    if (!options.broker.starts_with("https://"))
        return fail(Code::invalid_argument, "--broker '{}' does not begin with https://", options.broker);
    if (options.broker_cert.empty())
        return fail(Code::invalid_argument,
                    "--broker needs --broker-cert: the guest believes no other authority");
    RDT_TRY(const auto certificate,
            read_file(options.broker_cert, initdata::k_max_toml).transform_error(context("--broker-cert")));
    if (!certificate.contains(k_certificate))
        return fail(Code::invalid_argument, "--broker-cert {}: no certificate in PEM", options.broker_cert);
    if (certificate.contains('"') || certificate.contains('\\'))
        return fail(Code::invalid_argument, "--broker-cert {}: more than certificates in it",
                    options.broker_cert);
    return std::format("[token_configs]\n\n[token_configs.kbs]\nurl = {}\ncert = \"\"\"\n{}\"\"\"\n",
                       config::quote(options.broker), certificate);
}

/// What the guest reads of images, as one could write it into --cdh.
Result<std::string> make_data_hub_entry(const InitdataBuildOptions& options) {
    if (!options.cdh.empty())
        return fail(Code::invalid_argument, "--cdh and --image-policy both say what cdh.toml is");
    if (options.image_policy.starts_with("kbs://"))
        return initdata::render_image_settings({.policy_uri = options.image_policy});
    RDT_TRY(auto policy, read_file(options.image_policy, oci::signature::k_max_policy_bytes)
                             .transform_error(context("--image-policy")));
    RDT_CHECK(oci::signature::SignaturePolicy::parse(policy).transform_error(
        context("--image-policy {}", options.image_policy)));
    return initdata::render_image_settings({.policy = std::move(policy)});
}

/// The guest would refuse to serve with what it cannot read.
Status check_image_settings(const Initdata& data) {
    RDT_TRY(const auto settings, initdata::parse_image_settings(data));
    if (settings.policy.empty()) return {};
    return oci::signature::SignaturePolicy::parse(settings.policy)
        .transform([](const auto&) {})
        .transform_error(context("cdh.toml"));
}

Result<Entries> read_entries(const InitdataBuildOptions& options) {
    if (!options.aa.empty() && !options.broker.empty())
        return fail(Code::invalid_argument, "--aa and --broker both say what aa.toml is");
    Entries entries;
    const auto add = [&entries](std::string_view name, const std::string& path) -> Status {
        if (path.empty()) return {};
        RDT_TRY(entries[std::string(name)], read_file(path, initdata::k_max_toml));
        return {};
    };
    RDT_CHECK(add(initdata::k_policy_entry, options.policy));
    RDT_CHECK(add(initdata::k_attestation_entry, options.aa));
    RDT_CHECK(add(initdata::k_data_hub_entry, options.cdh));
    if (!options.broker.empty() || !options.broker_cert.empty()) {
        RDT_TRY(entries[std::string(initdata::k_attestation_entry)], make_attestation_entry(options));
    }
    if (!options.image_policy.empty()) {
        RDT_TRY(entries[std::string(initdata::k_data_hub_entry)], make_data_hub_entry(options));
    }
    if (entries.empty())
        return fail(Code::invalid_argument,
                    "nothing is to be in it: give --policy, --aa, --broker, --cdh or --image-policy");
    for (const auto& [name, text] : entries) RDT_CHECK(refuse_secrets(name, text));
    return entries;
}

boost::json::object describe(const Initdata& data) {
    return {{"format", k_format},
            {"algorithm", crypto::name_of(data.digest().algorithm())},
            {"digest", data.digest().str()},
            {"host_data", encoding::to_hex(data.host_data())},
            {"mr_config_id", encoding::to_hex(data.mr_config_id())}};
}

std::string summary_of(const Initdata& data) {
    return std::format("digest      {}\nHOST_DATA   {}\nMRCONFIGID  {}\n", data.digest().str(),
                       encoding::to_hex(data.host_data()), encoding::to_hex(data.mr_config_id()));
}

/// A terminal is not to obey what somebody else has written.
std::string as_plain_text(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F) c = '?';
    if (!out.empty() && out.back() != '\n') out += '\n';
    return out;
}

Result<int> build(const InitdataBuildOptions& options, bool json) {
    RDT_TRY(const auto algorithm, parse_algorithm(options.algorithm));
    RDT_TRY(const auto entries, read_entries(options));
    RDT_TRY(const auto text, initdata::render(algorithm, entries));
    RDT_TRY(const auto data, Initdata::parse(text));
    RDT_CHECK(check_image_settings(data));
    RDT_TRY(const auto annotation, initdata::make_annotation(text));
    const auto& written = options.annotation ? annotation + "\n" : text;
    if (!options.output.empty()) RDT_CHECK(write_file(options.output, written));
    if (json) {
        auto document = describe(data);
        document["annotation"] = annotation;
        document["toml"] = text;
        RDT_CHECK(print(indented_json(document)));
    } else if (options.output.empty()) {
        RDT_CHECK(print(written)); // alone there, so that it can be sent on
        print_error(summary_of(data));
    } else {
        RDT_CHECK(print(summary_of(data)));
    }
    return 0;
}

/// The text of a file of any kind it is delivered in, or of an annotation.
Result<std::string> read_source(const std::string& source) {
    auto bytes = read_file(source, initdata::k_max_disk);
    if (!bytes && source.starts_with(k_gzip_in_base64)) return initdata::read_annotation(source);
    RDT_CHECK(bytes);
    return initdata::read_delivered(*std::move(bytes));
}

Result<int> show(const InitdataShowOptions& options, bool json) {
    RDT_TRY(const auto text, read_source(options.source));
    RDT_TRY(const auto data, Initdata::parse(text));
    if (json) {
        auto document = describe(data);
        boost::json::object entries;
        for (const auto& [name, value] : data.entries()) entries[name] = value;
        document["entries"] = std::move(entries);
        RDT_CHECK(print(indented_json(document)));
        return 0;
    }
    auto out = summary_of(data);
    for (const auto& [name, value] : data.entries())
        out += std::format("\n{} ({} bytes):\n{}", name, value.size(), as_plain_text(value));
    RDT_CHECK(print(out));
    return 0;
}

} // namespace

Result<int> initdata_build(const Invocation& invocation) {
    return build(std::get<InitdataBuildOptions>(invocation.verb), invocation.json);
}

Result<int> initdata_show(const Invocation& invocation) {
    return show(std::get<InitdataShowOptions>(invocation.verb), invocation.json);
}

} // namespace redoubt::ctl
