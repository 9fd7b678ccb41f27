// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/encryption/private_options.hpp"

#include <functional>
#include <utility>

#include "common/encoding/base64.hpp"

namespace redoubt::oci::encryption {
namespace {

constexpr std::size_t k_deepest = 8;
constexpr const char* k_name = "private options";

std::unexpected<Error> broken(std::string_view what) {
    return fail(Code::invalid_argument, "{}: {}", k_name, what);
}

/// Walks over one JSON text; what it gives are views of it. Strict enough that nothing is taken for what it
/// is not: the text was authenticated before it comes here.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    using OnMember = std::function<Status(std::string_view name)>;
    /// Calls `on_member` behind each member's colon; it has to take the value.
    Status object(const OnMember& on_member) {
        if (++depth_ > k_deepest) return broken("too deep");
        if (!take('{')) return broken("not an object");
        for (bool is_first = true; !take('}'); is_first = false) {
            if (!is_first && !take(',')) return broken("a comma is missing");
            RDT_TRY(const auto name, string());
            if (!take(':')) return broken("a colon is missing");
            RDT_CHECK(on_member(name));
        }
        --depth_;
        return {};
    }

    /// A string as it stands there: those of ours have nothing to escape.
    Result<std::string_view> string() {
        if (!take('"')) return broken("not a string");
        for (std::size_t at = 0; at < rest_.size(); ++at) {
            if (rest_[at] == '\\') {
                ++at;
                continue;
            }
            if (rest_[at] != '"') continue;
            const auto text = rest_.substr(0, at);
            rest_.remove_prefix(at + 1);
            return text;
        }
        return broken("a string does not end");
    }

    /// Passes over any value.
    Status skip() {
        skip_space();
        if (rest_.starts_with('"')) return string().transform([](std::string_view) {});
        if (rest_.starts_with('{')) return object([this](std::string_view) { return skip(); });
        if (rest_.starts_with('[')) return skip_array();
        const auto end = rest_.find_first_of(",]} \t\r\n");
        if (end == 0 || end == std::string_view::npos) return broken("a value is missing");
        rest_.remove_prefix(end);
        return {};
    }

    Status finish() {
        skip_space();
        return rest_.empty() ? Status() : broken("something stands behind it");
    }

  private:
    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
    bool take(char wanted) {
        skip_space();
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    Status skip_array() {
        if (++depth_ > k_deepest) return broken("too deep");
        take('[');
        for (bool is_first = true; !take(']'); is_first = false) {
            if (!is_first && !take(',')) return broken("a comma is missing");
            RDT_CHECK(skip());
        }
        --depth_;
        return {};
    }

    std::string_view rest_;
    std::size_t depth_ = 0;
};

Result<std::string> bytes_of(Scanner& scanner, const char* member, std::size_t size, bool is_known) {
    if (is_known) return broken(std::string(member) + " twice");
    RDT_TRY(const auto text, scanner.string());
    auto bytes = encoding::from_base64(text);
    if (!bytes) return broken(std::string(member) + " is not base64");
    if (bytes->size() == size) return bytes;
    const auto found = bytes->size();
    crypto::wipe(*bytes);
    return fail(Code::invalid_argument, "{}: {} of {} bytes, not {}", k_name, member, found, size);
}

Status read_member(Scanner& scanner, std::string_view name, LayerKey& key) {
    if (name == "symkey") {
        RDT_TRY(auto bytes, bytes_of(scanner, "symkey", 32, !key.key.empty()));
        key.key = crypto::Secret(std::move(bytes));
        return {};
    }
    if (name == "digest") {
        RDT_TRY(const auto text, scanner.string());
        if (text.empty()) return {};
        auto digest = crypto::Digest::parse(text);
        if (!digest) return broken("digest is none");
        key.plain_digest = std::move(*digest);
        return {};
    }
    if (name != "cipheroptions") return scanner.skip();
    return scanner.object([&](std::string_view option) -> Status {
        if (option != "nonce") return scanner.skip();
        RDT_TRY(key.nonce, bytes_of(scanner, "nonce", crypto::k_ctr_counter_size, !key.nonce.empty()));
        return {};
    });
}

} // namespace

crypto::Secret render_private_options(const LayerKey& key) {
    auto secret = encoding::to_base64(key.key.view());
    const auto nonce = encoding::to_base64(key.nonce);
    const auto digest = key.plain_digest ? key.plain_digest->str() : std::string();
    std::string text;
    text.reserve(secret.size() + nonce.size() + digest.size() + 128); // so that no copy stays behind
    text += R"({"symkey":")";
    text += secret;
    text += R"(","digest":")";
    text += digest;
    text += R"(","cipheroptions":{"nonce":")";
    text += nonce;
    text += R"("}})";
    crypto::wipe(secret);
    return crypto::Secret(std::move(text));
}

Result<LayerKey> parse_private_options(std::string_view text) {
    Scanner scanner(text);
    LayerKey key;
    RDT_CHECK(scanner.object([&](std::string_view name) { return read_member(scanner, name, key); }));
    RDT_CHECK(scanner.finish());
    if (key.key.empty()) return broken("symkey is missing");
    if (key.nonce.empty()) return broken("cipheroptions.nonce is missing");
    return key;
}

} // namespace redoubt::oci::encryption
