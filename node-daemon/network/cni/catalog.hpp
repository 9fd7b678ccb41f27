// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <mutex>
#include <string>

#include "node-daemon/network/catalog.hpp"
#include "node-daemon/network/cni/conflist.hpp"

namespace redoubt::node::network::cni {

/// The networks of a folder of configuration lists, and the node's own. Lists are written and removed here;
/// who uses them is not known here. What blocks runs on a thread of its own.
class CniCatalog final : public NetworkCatalog {
  public:
    CniCatalog(std::filesystem::path folder, DefaultNetwork own, std::string default_network);
    CniCatalog(const CniCatalog&) = delete;
    CniCatalog& operator=(const CniCatalog&) = delete;
    CniCatalog(CniCatalog&&) = delete;
    CniCatalog& operator=(CniCatalog&&) = delete;
    ~CniCatalog() override;

    Task<NetworkList> list() override;
    Task<NetworkInfo> create(NewNetwork wanted) override;
    Task<void> remove(std::string name) override;

  private:
    // All of these block.
    [[nodiscard]] NetworkList read() const;
    Result<NetworkInfo> make(const NewNetwork& wanted) const;
    Status take_away(const std::string& name) const;
    [[nodiscard]] NetworkInfo describe(const Conflist& list) const;

    std::filesystem::path folder_;
    DefaultNetwork own_;
    std::string default_network_;
    asio::thread_pool pool_; ///< one thread: one change at a time
};

} // namespace redoubt::node::network::cni
