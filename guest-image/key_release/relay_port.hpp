// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/relay/frame.hpp"
#include "common/ttrpc/byte_stream.hpp"

namespace redoubt::guest::key_release {

/// How a guest without a network reaches its broker: through the daemon, which connects the port to the one
/// address of its settings (docs/formats/relay.md). What comes from here is the host's word: everything above
/// is TLS. Thread: one strand. Lifetime: outlives its streams.
class RelayPort {
  public:
    /// `port`: /dev/virtio-ports/org.redoubt.relay.
    explicit RelayPort(std::unique_ptr<ttrpc::ByteStream> port) : port_(std::move(port)) {}
    RelayPort(const RelayPort&) = delete;
    RelayPort& operator=(const RelayPort&) = delete;
    RelayPort(RelayPort&&) = delete;
    RelayPort& operator=(RelayPort&&) = delete;
    ~RelayPort() = default;

    /// A connection to the broker. The one before is over, and has no read or write under way. Errors:
    /// unavailable what the daemon says, or a port given up since what came on it was no frame.
    Task<std::unique_ptr<ttrpc::ByteStream>> connect();

  private:
    class Stream;

    Task<std::optional<relay::Frame>> next_frame(std::uint16_t stream);
    Task<void> feed();

    std::unique_ptr<ttrpc::ByteStream> port_;
    relay::FrameReader reader_;
    std::vector<relay::Frame> frames_; ///< that have come and nobody has taken, in order
    std::uint16_t stream_ = 0;         ///< of the last connection
    bool needs_close_ = false;         ///< the daemon may have it open
    bool is_open_ = false;             ///< and nobody has closed it
    std::optional<Error> broken_;
};

} // namespace redoubt::guest::key_release
