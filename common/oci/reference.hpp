// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::oci {

/// The name of an image: "[registry/]repository[:tag][@digest]".
///
/// The first component is a registry when it contains a dot, a colon or an upper-case letter, or is
/// "localhost"; otherwise the name is unqualified and `registry` empty: which registry it stands for is the
/// caller's configuration
/// (`unqualified-search-registries`), no host is built in.
/// Source: grammar of docker/distribution, reference/regexp.go, with its limit of 255 characters for the
/// name.
struct Reference {
    std::string registry;   ///< "host", "host:port" or "[v6]:port"; empty when the name is unqualified
    std::string repository; ///< "team/app"; lower case
    std::string tag;        ///< empty when none was given
    std::optional<crypto::Digest> digest;

    [[nodiscard]] bool is_qualified() const { return !registry.empty(); }
    /// "registry/repository", without tag and digest.
    [[nodiscard]] std::string name() const;
    /// The whole reference; parse_reference() of it gives this again.
    [[nodiscard]] std::string str() const;
    /// What a registry's manifest endpoint is asked for: the digest, else the tag, else "latest".
    [[nodiscard]] std::string manifest_selector() const;
    /// This reference with the tag "latest" when it has neither tag nor digest.
    [[nodiscard]] Reference with_default_tag() const;
    /// This reference at `host` instead of its own registry.
    [[nodiscard]] Reference at_registry(std::string_view host) const;

    [[nodiscard]] bool operator==(const Reference&) const = default;
};

/// Errors: invalid_argument naming the reference and the part that is wrong.
[[nodiscard]] Result<Reference> parse_reference(std::string_view text);

} // namespace redoubt::oci
