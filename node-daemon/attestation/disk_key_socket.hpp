// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/socket.h>

#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "common/crypto/secret.hpp"
#include "node-daemon/attestation/secret_holder.hpp"

namespace redoubt::node::attestation {

/// The key of a disk, for whoever opens that: crypttab(5), systemd-cryptsetup(8) and systemd-repart(8) take a
/// socket for a key file, connect and read to the end. This user and root may connect (mode 0600). Who comes
/// before the key waits for it, and is never told that there is none. Thread: main strand. ADR 0044.
class DiskKeySocket final : public SecretHolder {
  public:
    /// To whom the key was given: process and user.
    using Report = std::function<void(const ucred&)>;

    /// What a killed daemon left at `path` is replaced. Errors: by errno, nobody can listen there.
    static Result<std::unique_ptr<DiskKeySocket>> listen(const asio::any_io_executor& executor,
                                                         std::filesystem::path path, Report report);
    /// The path goes with it.
    ~DiskKeySocket() override;
    DiskKeySocket(const DiskKeySocket&) = delete;
    DiskKeySocket& operator=(const DiskKeySocket&) = delete;
    DiskKeySocket(DiskKeySocket&&) = delete;
    DiskKeySocket& operator=(DiskKeySocket&&) = delete;

    /// Answers until it is cancelled.
    asio::awaitable<void> serve();

    /// Errors: invalid_argument, an empty one.
    Task<void> take(std::string_view value) override;
    /// Who asks from now on waits. A disk that has been opened stays open: its key is the kernel's by then.
    Task<void> lose(std::string why) override;

  private:
    using Acceptor = asio::local::stream_protocol::acceptor;
    using Socket = asio::local::stream_protocol::socket;

    DiskKeySocket(std::filesystem::path path, Acceptor acceptor, Report report)
        : path_(std::move(path)), acceptor_(std::move(acceptor)), report_(std::move(report)),
          came_(acceptor_.get_executor()) {}
    asio::awaitable<void> hand_over(Socket socket);

    std::filesystem::path path_;
    Acceptor acceptor_;
    Report report_;
    AsyncEvent came_;
    crypto::Secret key_; ///< empty: there is none
};

} // namespace redoubt::node::attestation
