// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/no_resources.hpp"

#include <utility>

namespace redoubt::guest::key_release {
namespace {

class NoResources final : public ResourceSource {
  public:
    explicit NoResources(Error reason) : reason_(std::move(reason)) {}

    Task<crypto::Secret> get(std::string uri) override { co_return std::unexpected(reason_.within(uri)); }

  private:
    Error reason_;
};

} // namespace

std::unique_ptr<ResourceSource> no_resources(Error reason) {
    return std::make_unique<NoResources>(std::move(reason));
}

} // namespace redoubt::guest::key_release
