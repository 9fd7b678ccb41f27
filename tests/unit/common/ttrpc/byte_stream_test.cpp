// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/byte_stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "common/base/file.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::ttrpc {
namespace {

using namespace std::chrono_literals;

class ByteStreamTest : public ConnectionTest {
  protected:
    Result<std::string> read(ByteStream& stream) {
        return run([](ByteStream& from) -> Task<std::string> {
            std::array<char, 64> buffer{};
            RDT_CO_TRY(const std::size_t size, co_await from.read_some(buffer));
            co_return std::string(buffer.data(), size);
        }(stream));
    }
};

TEST_F(ByteStreamTest, SocketReportsTheEndAsZeroBytes) {
    auto [here, there] = connected_pair();
    ASSERT_TRUE(run([](ByteStream& out) -> Task<bool> {
        RDT_CO_CHECK(co_await out.write("last words"));
        co_return true;
    }(*here)));
    here.reset();
    EXPECT_EQ(read(*there), "last words");
    EXPECT_EQ(read(*there), "");
}

TEST_F(ByteStreamTest, PortWaitsForAHostInsteadOfEnding) {
    const auto path = std::filesystem::temp_directory_path() / "port";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    UniqueFd port(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(port.is_open());
    auto stream = make_port_stream(asio::posix::stream_descriptor(context_, port.release()));
    for (const std::string words : {"first host", "second host"}) {
        scope_.spawn([](std::string to, std::string text) -> asio::awaitable<void> {
            co_await sleep_for(20ms);
            EXPECT_TRUE(write_existing(to, text));
        }(path, words));
        EXPECT_EQ(read(*stream), words);
        std::array<char, 16> buffer{};
        const auto gone = run(stream->read_some(buffer));
        ASSERT_FALSE(gone) << "the host that went is told of once";
        EXPECT_EQ(gone.error().code, Code::aborted);
    }
    std::filesystem::remove(path);
}

TEST_F(ByteStreamTest, ConnectNamesTheSocketThatIsNotThere) {
    const auto stream = run(connect_unix("/nowhere/agent.sock"));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, Code::not_found);
    EXPECT_EQ(stream.error().message, "connect to /nowhere/agent.sock: No such file or directory");
}

TEST_F(ByteStreamTest, ConnectRefusesAPathThatFitsNoSocket) {
    const auto stream = run(connect_unix(std::string(200, 'x')));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::ttrpc
