// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "host-image/status/page.hpp"

#include <algorithm>
#include <format>

namespace redoubt::host_image {
namespace {

std::string or_word(const std::string& text, std::string_view word) {
    return text.empty() ? std::string(word) : text;
}

/// A terminal takes commands within text.
std::string printable(std::string text) {
    std::ranges::replace_if(text, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
    return text;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

std::string line(std::string_view name, const std::string& value) {
    return std::format("  {:<14}{}\r\n", name, printable(value));
}

std::string line_for_programs(const NodeFacts& facts) {
    return printable(std::format(
               "redoubt-status: version={} id={} healthy={} system={} node={} addresses={} failed={} "
               "recovery-key={} "
               "fingerprint={}",
               facts.version, or_word(facts.id, "none"), is_healthy(facts) ? "yes" : "no",
               or_word(facts.system_state, "unknown"), or_word(facts.node_state, "unknown"),
               or_word(joined(facts.addresses, ","), "none"),
               or_word(joined(facts.failed_units, ","), "none"),
               facts.recovery_key_waits ? "waits" : "fetched", or_word(facts.fingerprint, "none"))) +
           "\r\n";
}

} // namespace

bool is_healthy(const NodeFacts& facts) {
    return facts.system_state == "running" && facts.node_state == "active" && facts.failed_units.empty();
}

std::string render_page(const NodeFacts& facts) {
    std::string page = line_for_programs(facts);
    page += std::format("\r\nRedoubt {}\r\n\r\n", printable(facts.version));
    page += line("node", facts.host_name);
    page += line("address", or_word(joined(facts.addresses, ", "), "none yet"));
    if (!facts.fingerprint.empty()) page += line("fingerprint", facts.fingerprint);
    if (!facts.pairing_code.empty())
        page += line("pairing code", facts.pairing_code + " for ten minutes: redoubtctl pair ADDRESS");
    page += line("system", or_word(facts.system_state, "not known"));
    page += line("redoubtd", or_word(facts.node_state, "not known") +
                                 (facts.node_text.empty() ? std::string() : ": " + facts.node_text));
    if (!facts.failed_units.empty()) page += line("failed", joined(facts.failed_units, ", "));
    if (facts.recovery_key_waits) {
        page += line("to be done", "fetch the recovery key (redoubtctl node recovery-key fetch): without it "
                                   "this state is lost with its TPM");
    }
    return page + "\r\n";
}

} // namespace redoubt::host_image
