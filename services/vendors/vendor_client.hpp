// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/http/client.hpp"
#include "services/vendors/targets.hpp"

namespace redoubt::services::vendors {

/// Asks vendors: HTTPS alone, no redirects, one answer within a time and a size. Thread: one strand.
class VendorClient {
  public:
    VendorClient(const FetchSettings& settings, http::ProxySettings proxies);

    /// The answer, whatever its status. Errors: as http::Client::send, and a redirect is unavailable.
    Task<http::Response> get(std::string url);

  private:
    Duration timeout_;
    http::Client client_;
};

} // namespace redoubt::services::vendors
