// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/registry_auth.hpp"

#include <algorithm>
#include <cctype>

#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/http/url.hpp"

namespace redoubt::node::image {
namespace {

bool is_token_character(char c) {
    static constexpr std::string_view k_marks = "!#$%&'*+-.^_`|~";
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || k_marks.find(c) != std::string_view::npos;
}

/// Reads the pieces a challenge is made of, from the front of a text.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] bool is_at_end() const { return text_.empty(); }
    void skip_blanks() { skip(" \t"); }
    void skip_separators() { skip(" \t,"); }
    void drop() { text_.remove_prefix(1); }

    bool take(char wanted) {
        if (!text_.starts_with(wanted)) return false;
        text_.remove_prefix(1);
        return true;
    }

    std::string token() {
        const auto end = std::ranges::find_if_not(text_, is_token_character) - text_.begin();
        std::string out(text_.substr(0, static_cast<std::size_t>(end)));
        text_.remove_prefix(out.size());
        return out;
    }

    /// A token or a quoted string.
    std::string value() {
        if (!take('"')) return token();
        std::string out;
        while (!text_.empty() && !take('"')) {
            if (text_.size() > 1 && text_.front() == '\\') text_.remove_prefix(1);
            out += text_.front();
            text_.remove_prefix(1);
        }
        return out;
    }

  private:
    void skip(std::string_view characters) {
        text_.remove_prefix(std::min(text_.find_first_not_of(characters), text_.size()));
    }

    std::string_view text_;
};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

} // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
    std::vector<Challenge> challenges;
    Scanner scanner(header);
    for (scanner.skip_separators(); !scanner.is_at_end(); scanner.skip_separators()) {
        auto word = lower(scanner.token());
        if (word.empty()) {
            scanner.drop(); // not part of any challenge
            continue;
        }
        scanner.skip_blanks();
        // "name=" goes on with the challenge at hand, a bare word starts the next one.
        if (!scanner.take('=')) {
            challenges.push_back({std::move(word), {}});
        } else {
            scanner.skip_blanks();
            auto value = scanner.value();
            if (!challenges.empty()) challenges.back().parameters.emplace(std::move(word), std::move(value));
        }
    }
    return challenges;
}

std::optional<Challenge> choose_challenge(const std::vector<std::string>& headers) {
    std::optional<Challenge> basic;
    for (const auto& header : headers) {
        for (auto& challenge : parse_challenges(header)) {
            if (challenge.scheme == "bearer") return challenge;
            if (challenge.scheme == "basic" && !basic) basic = challenge;
        }
    }
    return basic;
}

std::string basic_authorization(const Credentials& credentials) {
    return "Basic " + encoding::to_base64(credentials.username + ":" + credentials.password);
}

Result<std::string> token_url(const Challenge& challenge, std::string_view repository) {
    const auto realm = challenge.parameters.find("realm");
    if (realm == challenge.parameters.end())
        return fail(Code::invalid_argument, "registry names no token server (no realm in WWW-Authenticate)");
    RDT_TRY(auto url, http::parse_url(realm->second).transform_error(context("token server")));
    const auto append = [&url](std::string_view name, std::string_view value) {
        url.target += url.target.contains('?') ? '&' : '?';
        url.target += std::string(name) + "=" + http::encode_query(value);
    };
    if (const auto service = challenge.parameters.find("service"); service != challenge.parameters.end())
        append("service", service->second);
    if (!repository.empty()) append("scope", "repository:" + std::string(repository) + ":pull");
    return url.render();
}

Result<std::string> parse_token(std::string_view json) {
    RDT_TRY(auto document, json::parse("token", json));
    RDT_TRY(auto token, document.root()["token"].string_or());
    if (token.empty()) {
        RDT_TRY(token, document.root()["access_token"].string_or());
    }
    if (token.empty()) return fail(Code::invalid_argument, "token server's answer holds no token");
    return token;
}

} // namespace redoubt::node::image
