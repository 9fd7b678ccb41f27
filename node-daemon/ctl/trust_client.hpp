// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A key broker's administration over HTTPS, docs/formats/kbs.md, as calls that block.

#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "common/encoding/json.hpp"
#include "common/http/client.hpp"
#include "node-daemon/ctl/trust_verbs.hpp"

namespace redoubt::ctl {

/// What became of a change that the broker took.
struct TrustChange {
    std::string object;   ///< "resource/repo/type/tag"
    std::string approval; ///< not empty: it waits for another administrator under this id
};

/// What an answer that is no success says. Codes: not_found, permission_denied (who we are may not, or is
/// nobody), already_exists, resource_exhausted, unavailable, internal, else invalid_argument.
[[nodiscard]] Error trust_error(unsigned status, std::string_view body);
/// The id in an answer "202". Errors: invalid_argument there is none.
[[nodiscard]] Result<std::string> approval_in(std::string_view body);

/// A name as it stands in a path: the broker takes no escapes there. Errors: invalid_argument.
[[nodiscard]] Status check_path_name(std::string_view name);

/// Thread: one. Errors of the calls: as trust_error; as http::Client; invalid_argument an answer that is not
/// what it should be.
class TrustClient {
  public:
    /// Reads the files. Errors: errno's, naming the file.
    static Result<TrustClient> make(const TrustConnection& connection);

    /// Paths begin behind the tenant: "/redoubt/v1/resources".
    Result<json::Document> get(const std::string& path);
    Result<std::string> get_text(const std::string& path);
    /// Asks for what is no change: POST.
    Result<json::Document> ask(const std::string& path, std::string body);
    /// Asks for a change. `object` is what it is called in the result.
    Result<TrustChange> change(const std::string& method, const std::string& path, std::string body,
                               std::string object);

  private:
    TrustClient(std::string base, http::ClientOptions options, crypto::Secret token)
        : base_(std::move(base)), options_(std::move(options)), token_(std::move(token)) {}
    Result<http::Response> send(const std::string& method, const std::string& path, std::string body);

    std::string base_; ///< with the tenant
    http::ClientOptions options_;
    crypto::Secret token_; ///< empty: none
};

} // namespace redoubt::ctl
