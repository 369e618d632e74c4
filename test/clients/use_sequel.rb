# Sequel: literals in the text.

require 'json'
require 'sequel'

DB = Sequel.connect(adapter: 'postgres', host: ENV['PGHOST'], port: ENV['PGPORT'],
                    user: ENV['PGUSER'], database: ENV['PGDATABASE'], max_connections: 1)

class Author < Sequel::Model(:author)
  one_to_many :books, key: :author_id
end

class Publisher < Sequel::Model(:publisher)
end

class Product < Sequel::Model(:product)
end

class Book < Sequel::Model(:book)
  many_to_one :author
  many_to_one :publisher
end

class Remark < Sequel::Model(:remark)
end

module Scenarios
  module_function

  def lazy_author(count)
    Book.order(:id).limit(count).each { |book| book.author.name }
  end

  def lazy_author_all(count)
    Book.order(:id).limit(count).all { |book| book.author.name }
  end

  def lazy_author_all_fixed(count)
    Book.order(:id).limit(count).eager(:author).all { |book| book.author.name }
  end

  def lazy_books(count)
    Author.order(:id).limit(count).all.each { |author| author.books.size }
  end

  def nested(count)
    Author.order(:id).limit(count).all.each do |author|
      author.books.each { |book| DB[:review].where(book_id: book.id).all }
    end
  end

  def books_eagerly(count)
    Author.order(:id).limit(count).eager(:books).all.each { |author| author.books.size }
  end

  # The table that is looked into is the row's own say.
  def remarks(count)
    Remark.order(:id).limit(count).all.each do |remark|
      Object.const_get(remark.subject_type.capitalize)[remark.subject_id]
    end
  end

  # A cache is filled, from lists.
  def warm_cache(count)
    Book.select_order_map(:id).first(count).each_slice(10) { |ids| Book.where(id: ids).all }
  end

  # Others' rows between: a transaction and a savepoint for each.
  def savepoints(count)
    DB.transaction do
      Book.order(:id).limit(count).all.each do |book|
        DB.transaction(savepoint: true) do
          DB[:entry].insert(id: book.id, book_id: book.id, note: 'seen')
        end
      end
    end
  end

  def dataset_count(count)
    Author.order(:id).limit(count).all.each { |author| author.books_dataset.count }
  end
end

def timed(name, count)
  begun = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
  Scenarios.public_send(name, count)
  Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond) - begun
end

$stdout.sync = true
DB.disconnect
puts JSON.generate(Scenarios.singleton_methods)
$stdin.each_line do |line|
  request = JSON.parse(line)
  begin
    # a new connection's first steps are in neither
    timed("#{request['scenario']}_fixed", request['n']) if request['repeat'].positive?
    times = Array.new([request['repeat'], 1].max) do
      turn = [timed(request['scenario'], request['n'])]
      turn << timed("#{request['scenario']}_fixed", request['n']) if request['repeat'].positive?
      turn
    end
    answer = { times: times }
  rescue StandardError => e
    answer = { error: e.full_message(highlight: false) }
  end
  DB.disconnect
  puts JSON.generate(answer)
end
