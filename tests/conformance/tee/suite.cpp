// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/conformance/tee/suite.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <iostream>

#include "common/base/file.hpp"

namespace redoubt::tests {
namespace {

namespace bj = boost::json;

bj::object read_index(const std::filesystem::path& path) {
    const auto text = read_file(path);
    if (!text) return {};
    return bj::parse(*text).as_object();
}

std::uint64_t number_of(std::string_view text) {
    std::uint64_t sum = 0;
    while (!text.empty()) {
        const auto plus = text.find('+');
        sum += std::strtoull(std::string(text.substr(0, plus)).c_str(), nullptr, 0);
        text.remove_prefix(plus == std::string_view::npos ? text.size() : plus + 1);
    }
    return sum;
}

/// The index writes times in more than one way: "2026-01-23 18:09:41+00:00", "2026-01-23 18:09:41Z".
std::string with_plain_times(std::string text) {
    for (std::size_t at = 0; (at = text.find("+00:00", at)) != std::string::npos;) text.replace(at, 6, "Z");
    for (std::size_t at = 10; at + 1 < text.size(); ++at)
        if (text[at] == ' ' && text[at - 3] == '-' && text[at - 6] == '-') text[at] = 'T';
    return text;
}

} // namespace

Suite::Suite(std::filesystem::path folder, bool is_verbose)
    : folder_(std::move(folder)), index_(read_index(folder_ / "index.json")), is_verbose_(is_verbose) {
    std::string pattern = (std::filesystem::temp_directory_path() / "redoubt-tee-XXXXXX").string();
    scratch_ = mkdtemp(pattern.data());
}

Suite::~Suite() {
    std::error_code error;
    std::filesystem::remove_all(scratch_, error);
}

const bj::object& Suite::item(std::string_view id) const {
    static const bj::object k_none;
    for (const auto& entry : items())
        if (text_of(entry.as_object(), "id") == id) return entry.as_object();
    return k_none;
}

std::string Suite::bytes(std::string_view name) const {
    return read_file(folder_ / name).value_or("");
}

std::string Suite::scratch(const std::string& name, const std::string& content) const {
    const auto path = scratch_ / name;
    std::filesystem::create_directories(path.parent_path());
    if (!write_file(path, content)) std::cerr << "cannot write " << path << '\n';
    return path.string();
}

void Suite::run(const std::string& name, const std::function<std::string()>& judge) {
    const auto wrong = judge();
    ++(wrong.empty() ? passed : failed);
    if (!wrong.empty())
        std::cout << "FAIL " << folder_.filename().string() << '/' << name << ": " << wrong << '\n';
    else if (is_verbose_)
        std::cout << "ok   " << folder_.filename().string() << '/' << name << '\n';
}

void Suite::skip(const std::string& name, const std::string& why) {
    ++skipped;
    std::cout << "skip " << folder_.filename().string() << '/' << name << ": " << why << '\n';
}

std::string difference(const bj::value& expected, const bj::value& got, const std::string& place) {
    if (expected.is_object()) {
        if (!got.is_object()) return place + ": not an object";
        for (const auto& member : expected.get_object()) {
            const auto* value = got.get_object().if_contains(member.key());
            if (value == nullptr) return place + "." + std::string(member.key()) + ": missing";
            const auto inner = difference(member.value(), *value, place + "." + std::string(member.key()));
            if (!inner.empty()) return inner;
        }
        return {};
    }
    if (expected.is_number() && got.is_number() && expected.to_number<double>() == got.to_number<double>())
        return {};
    if (with_plain_times(bj::serialize(expected)) == with_plain_times(bj::serialize(got))) return {};
    return place + ": expected " + bj::serialize(expected) + ", got " + bj::serialize(got);
}

std::string text_of(const bj::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string judge_verdicts(const bj::object& document, std::string_view crypto, std::string_view verdict) {
    const auto reasons =
        document.contains("reasons") ? bj::serialize(document.at("reasons")) : bj::serialize(document);
    if (!crypto.empty() && text_of(document, "crypto_verdict") != crypto)
        return "crypto verdict is not " + std::string(crypto) + ": " + reasons;
    if (!verdict.empty() && text_of(document, "verdict") != verdict)
        return "verdict is not " + std::string(verdict) + ": " + reasons;
    return {};
}

std::string judge_refusal(const bj::object& document, std::string_view claim) {
    const auto wrong = judge_verdicts(document, "", "REJECT");
    if (!wrong.empty()) return wrong;
    for (const auto& entry : document.at("claims").as_array())
        if (text_of(entry.as_object(), "finding") == "failed" && text_of(entry.as_object(), "claim") == claim)
            return {};
    return "refused, but not for " + std::string(claim) + ": " + bj::serialize(document.at("reasons"));
}

bj::object verify(const tee::cli::EvidenceOptions& options) {
    auto document = tee::cli::verify_evidence(options);
    if (document) return *std::move(document);
    return {{"error", document.error().message}};
}

bool edit_bytes(std::string_view recipe, std::string& bytes) {
    const auto open = recipe.find('[');
    const auto close = recipe.find(']');
    const auto equals = recipe.rfind('=');
    if (open == std::string_view::npos || close == std::string_view::npos ||
        equals == std::string_view::npos || equals < close)
        return false;
    const auto place = recipe.substr(open + 1, close - open - 1);
    const auto colon = place.find(':');
    const auto from = number_of(place.substr(0, colon));
    const auto to = colon == std::string_view::npos ? from + 1 : number_of(place.substr(colon + 1));
    const auto value = static_cast<char>(number_of(recipe.substr(equals + 1)));
    if (to > bytes.size() || from >= to) return false;
    const bool is_xor = recipe[equals - 1] == '^';
    for (auto at = from; at < to; ++at) bytes[at] = is_xor ? static_cast<char>(bytes[at] ^ value) : value;
    return true;
}

} // namespace redoubt::tests
