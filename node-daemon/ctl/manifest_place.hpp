// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A place in a manifest: what is there, and what errors call it. For the readers of manifests only.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/encoding/yaml.hpp"

namespace redoubt::ctl {

/// Lifetime: borrows the document.
class ManifestPlace {
  public:
    ManifestPlace(const yaml::Node& node, std::string where, std::string path)
        : node_(&node), where_(std::move(where)), path_(std::move(path)) {}

    [[nodiscard]] const yaml::Node& node() const { return *node_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// The same place, in a document that has a name by now.
    [[nodiscard]] ManifestPlace inside(const std::string& document) const;

    [[nodiscard]] Result<std::string> text() const;
    [[nodiscard]] Result<bool> boolean() const;
    /// Errors: not a whole number from `least` to `most`.
    [[nodiscard]] Result<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
    /// Text or number, as it is written.
    [[nodiscard]] Result<std::string> word() const;
    [[nodiscard]] Result<std::vector<ManifestPlace>> list() const;
    [[nodiscard]] Result<std::vector<std::string>> texts() const;
    [[nodiscard]] Result<std::map<std::string, std::string>> text_map() const;

    [[nodiscard]] std::unexpected<Error> wrong(std::string_view what) const;

  private:
    friend class ManifestFields;

    const yaml::Node* node_;
    std::string where_;    ///< "pod.yaml"
    std::string document_; ///< "Pod 'web'"; empty until it is known
    std::string path_;
};

/// The fields of an object, each of which is to be taken.
class ManifestFields {
  public:
    static Result<ManifestFields> open(ManifestPlace place);

    /// The field; nothing when it is not there, or null.
    [[nodiscard]] std::optional<ManifestPlace> take(const std::string& name);
    /// Errors: "missing".
    [[nodiscard]] Result<ManifestPlace> need(const std::string& name);
    /// Takes fields whose values say nothing to a node that stands alone.
    void ignore(std::initializer_list<const char*> names);
    /// Errors: a field that was not taken.
    [[nodiscard]] Status finish() const;
    [[nodiscard]] const ManifestPlace& place() const { return place_; }

    // Fields of simple types; the default when they are not there.
    [[nodiscard]] Result<std::string> text(const std::string& name, std::string fallback = {});
    [[nodiscard]] Result<bool> boolean(const std::string& name, bool fallback);
    [[nodiscard]] Result<std::int64_t> integer(const std::string& name, std::int64_t fallback,
                                               std::int64_t least, std::int64_t most);
    [[nodiscard]] Result<std::vector<std::string>> texts(const std::string& name);
    [[nodiscard]] Result<std::vector<ManifestPlace>> list(const std::string& name);
    [[nodiscard]] Result<std::map<std::string, std::string>> text_map(const std::string& name);
    [[nodiscard]] Result<std::optional<ManifestFields>> object(const std::string& name);

  private:
    explicit ManifestFields(ManifestPlace place) : place_(std::move(place)) {}
    [[nodiscard]] ManifestPlace at(const yaml::Member& member) const;

    ManifestPlace place_;
    std::set<std::string> taken_;
};

} // namespace redoubt::ctl
