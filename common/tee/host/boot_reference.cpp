// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/host/boot_reference.hpp"

#include <charconv>

#include "common/encoding/hex.hpp"
#include "common/tee/host/host_evidence.hpp"

namespace redoubt::tee::host {
namespace {

constexpr std::size_t k_max_values = 1024;
constexpr std::string_view k_prefix = "tpm_pcr";

Result<std::uint32_t> parse_number(std::string_view text) {
    std::uint32_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number >= k_pcrs)
        return fail(Code::invalid_argument, "'{}' is no PCR from 0 to 23", text);
    return number;
}

Status add(BootReference& reference, std::uint32_t pcr, std::string_view hex, std::string source) {
    RDT_TRY(auto value, encoding::from_hex(hex));
    if (value.size() != k_digest_size)
        return fail(Code::invalid_argument, "'{}' is no SHA-256 value", hex.substr(0, 80));
    reference[pcr].push_back({std::move(value), std::move(source)});
    return {};
}

} // namespace

Status add_measurements(BootReference& reference, std::string_view text, const std::string& source) {
    RDT_TRY(const auto document, json::parse(source, text));
    const auto root = document.root();
    RDT_TRY(const auto version, root["redoubt-pcrs"].integer());
    if (version != 1) return root["redoubt-pcrs"].wrong("not 1");
    RDT_TRY(const auto entries, root["measurements"].array());
    if (entries.empty()) return root["measurements"].wrong("empty");
    if (entries.size() > k_max_values) return root["measurements"].wrong("more than 1024 values");
    for (const auto& entry : entries) {
        RDT_TRY(const auto pcr, entry["pcr"].unsigned_integer());
        if (pcr >= k_pcrs) return entry["pcr"].wrong("no PCR from 0 to 23");
        RDT_TRY(const auto phase, entry["phase"].string_or());
        RDT_TRY(const auto value, entry["sha256"].string());
        RDT_CHECK(add(reference, static_cast<std::uint32_t>(pcr), value,
                      phase.empty() ? source : std::format("{} ({})", source, phase))
                      .transform_error(context("{}", entry.path())));
    }
    return {};
}

Status add_register(BootReference& reference, std::string_view text, const std::string& source) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
        return fail(Code::invalid_argument, "{}: '{}' is not NUMBER=HEX", source, text.substr(0, 80));
    RDT_TRY(const auto pcr, parse_number(text.substr(0, equals)).transform_error(context("{}", source)));
    return add(reference, pcr, text.substr(equals + 1), source).transform_error(context("{}", source));
}

Status add_reference_value(BootReference& reference, std::string_view name, const json::Node& value,
                           const std::string& source) {
    if (!name.starts_with(k_prefix)) return {};
    RDT_TRY(const auto pcr, parse_number(name.substr(k_prefix.size())));
    if (value.value() != nullptr && value.value()->is_string()) {
        RDT_TRY(const auto text, value.string());
        return add(reference, pcr, text, source).transform_error(context("{}", value.path()));
    }
    RDT_TRY(const auto texts, value.strings());
    for (const auto& text : texts)
        RDT_CHECK(add(reference, pcr, text, source).transform_error(context("{}", value.path())));
    return {};
}

} // namespace redoubt::tee::host
