// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::ttrpc {

/// Bytes to and from one peer: what ttrpc and the serial link run over.
/// Thread: one strand. At most one read and one write at a time; a read and a write may overlap.
/// Both honour cancellation; a cancelled write may have sent some of its bytes. Destroying the stream closes
/// it; no read or write may then be under way.
class ByteStream {
  public:
    virtual ~ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;

    /// Reads at least one byte into `into`, which must outlive the call; 0 means the end of the stream.
    virtual Task<std::size_t> read_some(std::span<char> into) = 0;
    /// Returns when all of `bytes` are with the system.
    virtual Task<void> write(std::string bytes) = 0;

  protected:
    ByteStream() = default;
};

/// A connected unix socket.
[[nodiscard]] std::unique_ptr<ByteStream> make_socket_stream(asio::local::stream_protocol::socket socket);

/// A guest's virtio-serial port (/dev/vport*). Such a port never ends: while no host is connected it reports
/// end of file over and over, so the stream waits for the host instead (looking again after 5 ms, later 100
/// ms). When a host that has sent something goes, one read fails with aborted.
[[nodiscard]] std::unique_ptr<ByteStream> make_port_stream(asio::posix::stream_descriptor port);

/// Connects to the unix socket at `path`. Errors: by errno, naming the path.
[[nodiscard]] Task<std::unique_ptr<ByteStream>> connect_unix(std::string path);

} // namespace redoubt::ttrpc
