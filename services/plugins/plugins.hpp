// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// External plugins, asked over gRPC: TLS with certificates on both sides, or a socket on this machine whose
/// owner is checked. Whatever goes wrong is an error, and never an answer. Source: package kbs.plugin.v1.

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/task.hpp"
#include "services/plugins/endpoint.hpp"

namespace redoubt::services::plugins {

/// A request below a plugin's name.
struct PluginCall {
    std::string method;
    std::vector<std::string> path;
    std::map<std::string, std::string> query;
    std::string body;
};
struct PluginAnswer {
    unsigned status = 500; ///< 200 to 599
    std::string content_type;
    std::string body;
};

struct PluginSettings {
    std::string authorities;       ///< of plugins' certificates, PEM
    std::string certificate_chain; ///< ours, PEM
    std::string private_key;
    std::chrono::milliseconds timeout{5000}; ///< of one call
    std::uint64_t answer_bytes = 1U << 20U;
    std::size_t calls = 64; ///< at once, of one plugin
};

/// Thread: one strand; gRPC's own threads only post there. Lifetime: stop() must have ended before it goes.
/// Errors of the calls: unavailable not reached, or not who it should be; deadline_exceeded;
/// resource_exhausted too many at once, or a larger answer; invalid_argument an answer that is none.
class Plugins {
  public:
    /// Connects when first asked. Errors: invalid_argument a name twice, or a plugin elsewhere without
    /// authorities, certificate and key.
    [[nodiscard]] static Result<std::unique_ptr<Plugins>>
    make(asio::any_io_executor executor, const std::vector<Endpoint>& endpoints, PluginSettings settings);
    virtual ~Plugins() = default;
    Plugins(const Plugins&) = delete;
    Plugins& operator=(const Plugins&) = delete;
    Plugins(Plugins&&) = delete;
    Plugins& operator=(Plugins&&) = delete;

    [[nodiscard]] virtual bool has(std::string_view name) const = 0;
    /// Whether this is for administrators; else it is for guests.
    virtual Task<bool> needs_administrator(std::string name, PluginCall call) = 0;
    virtual Task<PluginAnswer> handle(std::string name, PluginCall call) = 0;
    /// Whether the answer is encrypted to the guest's key.
    virtual Task<bool> needs_encryption(std::string name, PluginCall call) = 0;
    /// Ends calls in flight, and returns when gRPC has let go of them.
    virtual asio::awaitable<void> stop() = 0;

  protected:
    Plugins() = default;
};

} // namespace redoubt::services::plugins
